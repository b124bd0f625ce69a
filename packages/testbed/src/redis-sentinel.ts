import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, eventually } from '@rescind/faults'
import { freePort } from '@rescind/faults/internal'
import type { ManagedProcess } from './managed-process.ts'
import { redisCommand } from './redis-command.ts'
import type { RedisServer } from './redis-server.ts'
import { track } from './resource.ts'
import { spawnRedis } from './spawn-redis.ts'

/** A Sentinel of one's own, which alone decides on a failover. */
export interface RedisSentinel extends Address, AsyncDisposable {
  /** What it calls the primary that it watches. */
  readonly name: string
  stop(): Promise<void>
}

const host = '127.0.0.1'
const name = 'primary'
const downAfterMs = 500
const readyWithinMs = 15_000

/** Starts a Sentinel for a primary, and waits until it knows the given number of its replicas. */
export async function startSentinel(primary: RedisServer, replicas: number): Promise<RedisSentinel> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-sentinel-'))
  const port = await freePort()
  const config = join(directory, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    `dir ${directory}`,
    `sentinel monitor ${name} ${primary.host} ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 3000`,
  ]
  await writeFile(config, lines.join('\n'))
  let sentinel: ManagedProcess | undefined
  const release = track({
    what: `sentinel on port ${port}`,
    destroy() {
      if (sentinel?.running) process.kill(sentinel.pid, 'SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    },
  })
  const end = async () => {
    await sentinel?.stop()
    rmSync(directory, { recursive: true, force: true })
    release()
  }
  try {
    sentinel = await spawnRedis([config, '--sentinel'])
    await eventually(
      async () => {
        const known = await redisCommand({ host, port }, ['SENTINEL', 'REPLICAS', name])
        const count = Array.isArray(known) ? known.length : 0
        if (count !== replicas) throw new Error(`It knows ${count} of ${replicas} replicas:\n${sentinel?.output()}`)
      },
      { withinMs: readyWithinMs },
    )
  } catch (error) {
    await end()
    throw error
  }
  let ending: Promise<void> | undefined
  const stop = () => {
    ending ??= end()
    return ending
  }
  return { name, host, port, stop, [Symbol.asyncDispose]: stop }
}
