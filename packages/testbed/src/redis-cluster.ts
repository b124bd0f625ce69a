import { eventually } from './eventually.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

const SLOTS = 16_384
const readyWithinMs = 20_000

/** A Redis Cluster of one's own on loopback: one primary for each shard, no replicas. */
export interface RedisCluster extends AsyncDisposable {
  readonly shards: readonly RedisServer[]
  /** The shard that serves this key. */
  shardOf(key: string): Promise<RedisServer>
  stop(): Promise<void>
}

export async function startRedisCluster(shardCount = 3, args: readonly string[] = []): Promise<RedisCluster> {
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...args]
  const started = await Promise.allSettled(Array.from({ length: shardCount }, () => startRedis({ args: clustered })))
  const shards = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.all(shards.map((shard) => shard.stop()))
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
  return {
    shards,
    shardOf: async (key) => {
      const slot = Number(await shards[0]?.command('CLUSTER', 'KEYSLOT', key))
      const shard = shards.find((_, index) => slot >= bound(index, shardCount) && slot < bound(index + 1, shardCount))
      if (!shard) throw new Error(`No shard serves slot ${slot}`)
      return shard
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
  await eventually(
    async () => {
      for (const shard of shards) {
        const info = String(await shard.command('CLUSTER', 'INFO'))
        const complete = info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${shards.length}`)
        if (!complete) throw new Error(`The cluster is not complete:\n${info}`)
      }
    },
    { withinMs: readyWithinMs },
  )
}

/** The first slot of a shard. */
function bound(index: number, count: number): number {
  return Math.floor((SLOTS * index) / count)
}
