import { eventually } from '@rescind/faults'
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts'

const withinMs = 20_000

/** For a primary: without it, its replicas wait for five seconds. */
export const PROMPT_SYNC: readonly string[] = ['--repl-diskless-sync-delay', '0']

/** Starts a replica of a server with `PROMPT_SYNC`, which it has too, and settles when it has all that its primary has. */
export async function startReplica(primary: RedisServer, options: RedisOptions = {}): Promise<RedisServer> {
  const replica = await startRedis({ args: [...PROMPT_SYNC, ...(options.args ?? [])] })
  try {
    await replica.command('REPLICAOF', primary.host, `${primary.port}`)
    await caughtUp(primary, replica)
  } catch (error) {
    await replica.stop()
    throw error
  }
  return replica
}

/** Settles when the replica has all that was written to its primary before the call. */
export async function caughtUp(primary: RedisServer, replica: RedisServer): Promise<void> {
  const written = field(await replication(primary), 'master_repl_offset')
  await eventually(
    async () => {
      const info = await replication(replica)
      const complete = info.includes('master_link_status:up') && field(info, 'slave_repl_offset') >= written
      if (!complete) throw new Error(`The replica lacks something of the first ${written} bytes:\n${info}`)
    },
    { withinMs },
  )
}

/**
 * Stops the replica (SIGSTOP) and kills its connection, so that what its primary writes from now on is lost with the
 * primary: a stop alone would leave it in the buffers of a socket. It asks for the rest when it is resumed.
 */
export async function cutReplica(primary: RedisServer, replica: RedisServer): Promise<void> {
  replica.pause()
  await eventually(async () => {
    await primary.command('CLIENT', 'KILL', 'TYPE', 'replica')
    const info = await replication(primary)
    if (!info.includes('connected_slaves:0')) throw new Error(`It is still connected:\n${info}`)
  })
}

async function replication(server: RedisServer): Promise<string> {
  return String(await server.command('INFO', 'replication'))
}

function field(info: string, name: string): number {
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1])
}
