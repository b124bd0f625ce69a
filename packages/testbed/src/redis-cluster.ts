import { eventually } from '@rescind/faults'
import { caughtUp, PROMPT_SYNC } from './redis-replica.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { type SlotMigration, slotMigration } from './slot-migration.ts'

const SLOTS = 16_384
const readyWithinMs = 20_000

/** A Redis Cluster of one's own on loopback: one primary for each shard, and no replicas but those that are added. */
export interface RedisCluster extends AsyncDisposable {
  /** The primaries that it began with. */
  readonly shards: readonly RedisServer[]
  /** The server that serves this key now, by what the first server says that answers. */
  shardOf(key: string): Promise<RedisServer>
  /** Starts a replica of a shard, which nobody promotes by itself, and settles when it has all that the shard has. */
  addReplica(shard: RedisServer): Promise<RedisServer>
  /** Makes a replica the primary of its shard, whether or not the old one lives, and settles when all that live know. */
  promote(replica: RedisServer): Promise<void>
  /** The way of a key's slot to another shard, that has yet to begin. */
  migration(key: string, target: RedisServer): Promise<SlotMigration>
  stop(): Promise<void>
}

export async function startRedisCluster(shardCount = 3, args: readonly string[] = []): Promise<RedisCluster> {
  const clustered = [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-replica-no-failover', 'yes'],
    ...PROMPT_SYNC,
    ...args,
  ]
  const started = await Promise.allSettled(Array.from({ length: shardCount }, () => startRedis({ args: clustered })))
  const shards = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const servers = [...shards]
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  try {
    for (const result of started) {
      if (result.status === 'rejected') throw result.reason
    }
    await join(shards)
  } catch (error) {
    await stop()
    throw error
  }

  async function shardOf(key: string): Promise<RedisServer> {
    const port = await portOf(servers, key)
    const shard = servers.find((server) => server.port === port)
    if (!shard) throw new Error(`Nobody listens on port ${port}`)
    return shard
  }

  async function addReplica(shard: RedisServer): Promise<RedisServer> {
    const replica = await startRedis({ args: clustered })
    servers.push(replica)
    const id = String(await shard.command('CLUSTER', 'MYID'))
    await replica.command('CLUSTER', 'MEET', shard.host, `${shard.port}`)
    // It must know the others as well, and they it.
    await complete(servers)
    await eventually(() => replica.command('CLUSTER', 'REPLICATE', id), { withinMs: readyWithinMs })
    await caughtUp(shard, replica)
    return replica
  }

  async function promote(replica: RedisServer): Promise<void> {
    const id = String(await replica.command('CLUSTER', 'MYID'))
    await replica.command('CLUSTER', 'FAILOVER', 'TAKEOVER')
    await eventually(
      async () => {
        for (const view of await views(servers)) {
          const primary = new RegExp(`^${id} \\S+ \\S*\\bmaster\\b`, 'm').test(view)
          if (!primary) throw new Error(`It is not known to be a primary:\n${view}`)
        }
      },
      { withinMs: readyWithinMs },
    )
  }

  return {
    shards,
    shardOf,
    addReplica,
    promote,
    migration: async (key, target) => {
      const slot = Number(await target.command('CLUSTER', 'KEYSLOT', key))
      return slotMigration(slot, await shardOf(key), target, shards)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function join(shards: readonly RedisServer[]): Promise<void> {
  const [first] = shards
  for (const [index, shard] of shards.entries()) {
    const [from, to] = [bound(index, shards.length), bound(index + 1, shards.length) - 1]
    await shard.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`)
    await shard.command('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`)
    if (first && shard !== first) await shard.command('CLUSTER', 'MEET', first.host, `${first.port}`)
  }
  await complete(shards)
}

/** Settles when each of the servers knows them all, and that every slot is served. */
async function complete(servers: readonly RedisServer[]): Promise<void> {
  await eventually(
    async () => {
      for (const server of servers) {
        const info = String(await server.command('CLUSTER', 'INFO'))
        const done = info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`)
        if (!done) throw new Error(`The cluster is not complete:\n${info}`)
      }
    },
    { withinMs: readyWithinMs },
  )
}

/** The first slot of a shard. */
function bound(index: number, count: number): number {
  return Math.floor((SLOTS * index) / count)
}

/** The port of the server that serves a key, by what the first one says that answers. */
async function portOf(servers: readonly RedisServer[], key: string): Promise<number> {
  for (const server of servers) {
    const reply = await server.command('EXISTS', key).catch(String)
    const moved = /MOVED \d+ \S+:(\d+)$/.exec(String(reply))
    if (moved) return Number(moved[1])
    // A key that has gone ahead to where its slot will be is served here, by referral.
    if (typeof reply === 'number' || String(reply).includes('ASK')) return server.port
  }
  throw new Error('No server of the cluster answers')
}

/** What each server that answers says of all of them. */
async function views(servers: readonly RedisServer[]): Promise<string[]> {
  const replies = await Promise.allSettled(servers.map((server) => server.command('CLUSTER', 'NODES')))
  return replies.flatMap((reply) => (reply.status === 'fulfilled' ? [String(reply.value)] : []))
}
