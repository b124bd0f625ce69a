import { busNames, valueKey } from '@rescind/bus'
import { caughtUp, cutReplica, type RedisCluster, type RedisServer, startRedisCluster } from '@rescind/testbed'
import { type Fault, healed } from './fault.ts'
import { KEYS } from './keys.ts'
import { Links } from './links.ts'
import { lossy, whileWritten } from './server-faults.ts'
import { BUS, type Topology } from './topology.ts'

const { log } = busNames(BUS)

/** Three shards, two of which have a replica that is promoted: that of the log, and one of values. */
export async function failingCluster(): Promise<Topology> {
  const cluster = await startRedisCluster(3)
  const home = await cluster.shardOf(log)
  const [other = home] = cluster.shards.filter((shard) => shard !== home)
  const ofHome = await cluster.addReplica(home)
  const ofOther = await cluster.addReplica(other)

  function failover(name: string, primary: RedisServer, replica: RedisServer): Fault {
    const fault = lossy(name, async (lastsMs) => {
      await caughtUp(primary, replica)
      await cutReplica(primary, replica)
      await whileWritten(lastsMs)
      await primary.kill()
      replica.resume()
      await cluster.promote(replica)
      return healed
    })
    return { ...fault, once: true }
  }

  return topologyOf(
    cluster,
    [ofHome, ofOther],
    [
      failover('shard of the log fails over with a lost tail', home, ofHome),
      failover('shard of values fails over with a lost tail', other, ofOther),
    ],
  )
}

/** Three shards that hand slots to each other. */
export async function movingCluster(): Promise<Topology> {
  const cluster = await startRedisCluster(3)
  const values = KEYS.map(({ region, key }) => valueKey(BUS, region, key))

  function migration(name: string, nextKey: () => string): Fault {
    return lossy(name, async (lastsMs) => {
      const key = nextKey()
      const source = await cluster.shardOf(key)
      const [target = source] = cluster.shards.filter((shard) => shard !== source)
      const moving = await cluster.migration(key, target)
      await moving.begin()
      await whileWritten(lastsMs)
      await moving.moveKeys()
      return () => moving.end()
    })
  }

  let moved = 0
  const nextValue = () => values[moved++ % values.length] ?? log
  return topologyOf(
    cluster,
    [],
    [migration('slot of the log moved', () => log), migration('slot of a value moved', nextValue)],
  )
}

function topologyOf(cluster: RedisCluster, replicas: readonly RedisServer[], faults: readonly Fault[]): Topology {
  const links = new Links()
  return {
    faults,
    async connect() {
      const { links: each, natMap } = await links.toEach([...cluster.shards, ...replicas])
      const nodes = cluster.shards.map(({ host, port }) => ({ host, port }))
      return { way: { kind: 'cluster', nodes, natMap }, links: each }
    },
    async stop() {
      await links.close()
      await cluster.stop()
    },
  }
}
