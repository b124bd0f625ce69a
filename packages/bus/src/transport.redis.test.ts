import {
  type FaultProxy,
  type RedisCluster,
  type RedisSentinel,
  type RedisServer,
  startProxy,
  startRedis,
  startRedisCluster,
  startSentinel,
} from '@rescind/testbed'
import { Cluster } from 'ioredis'
import { after, before, describe } from 'mocha'
import { describeRemoteTransport, type RemoteTransportUnderTest } from './fixtures/transport-conformance.ts'
import { newId } from './ids.ts'
import { busNames, leaseKey, valueKey } from './names.ts'
import type { RedisTarget } from './redis-client.ts'
import { RedisTransport } from './redis-transport.ts'

const MAX_TAGS = 16
/** A connection takes some tenths of a second. */
const SLOW_BYTES_PER_SECOND = 40_000

interface Address {
  readonly host: string
  readonly port: number
}

function transportTo(target: RedisTarget, name: string, connectTimeoutMs = 5_000): RedisTransport {
  return new RedisTransport(target, {
    name,
    names: busNames(name),
    connectTimeoutMs,
    commandTimeoutMs: 2_000,
    stallTimeoutMs: 1_000,
    logLength: 1_000,
    logAgeMs: 3_600_000,
    maxTags: MAX_TAGS,
  })
}

/** What the suite needs around the bus of this name. The targets are it, over a slow link, and one that is silent. */
function underTest(
  targets: { readonly near: RedisTarget; readonly slow: RedisTarget; readonly silent: RedisTarget },
  silent: FaultProxy,
  home: (key: string) => Promise<RedisServer>,
  publish = 'PUBLISH',
): RemoteTransportUnderTest {
  const name = `conf-${newId()}`
  const names = busNames(name)
  const token = newId()
  const beside = (region: string, key: string) => [valueKey(name, region, key), leaseKey(name, region, key)]
  return {
    transport: transportTo(targets.near, name),
    slow: transportTo(targets.slow, name),
    deaf: { transport: transportTo(targets.silent, name, 1_000), connections: () => silent.connections },
    maxTags: MAX_TAGS,
    values: {
      token,
      async put(region, id) {
        for (const key of beside(region, id)) {
          await (await home(key)).command('SET', key, key === leaseKey(name, region, id) ? `${token}!` : 'value')
        }
      },
      async count(region, id) {
        const keys = beside(region, id)
        return Number(await (await home(keys[0] ?? '')).command('EXISTS', ...keys))
      },
    },
    shout: async (text) => void (await (await home(names.log)).command(publish, names.channel, text)),
    cut: async () => void (await (await home(names.log)).command('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  }
}

/** Proxies to these servers, and where to go instead of each. */
async function slowLinks(
  servers: readonly Address[],
): Promise<{ links: FaultProxy[]; natMap: Record<string, Address> }> {
  const links = await Promise.all(servers.map((server) => startProxy(server)))
  const natMap: Record<string, Address> = {}
  for (const [n, { host, port }] of servers.entries()) {
    const link = links[n]
    if (link) {
      link.slow(SLOW_BYTES_PER_SECOND)
      natMap[`${host}:${port}`] = { host: link.host, port: link.port }
    }
  }
  return { links, natMap }
}

async function startSilent(server: Address): Promise<FaultProxy> {
  const silent = await startProxy(server)
  silent.blackhole()
  return silent
}

describe('On one Redis', () => {
  let redis: RedisServer
  let silent: FaultProxy
  let slow: FaultProxy

  before(async () => {
    redis = await startRedis()
    silent = await startSilent(redis)
    slow = await startProxy(redis)
    slow.slow(SLOW_BYTES_PER_SECOND)
  })
  after(async () => {
    await Promise.all([silent, slow].map((proxy) => proxy.close()))
    await redis.stop()
  })

  describeRemoteTransport('RedisTransport', async () => {
    return underTest({ near: redis.url, slow: slow.url, silent: silent.url }, silent, async () => redis)
  })
})

describe('Behind Sentinel', () => {
  let redis: RedisServer
  let sentinel: RedisSentinel
  let silent: FaultProxy
  let slow: Awaited<ReturnType<typeof slowLinks>>

  before(async function () {
    this.timeout(40_000)
    redis = await startRedis()
    sentinel = await startSentinel(redis, 0)
    silent = await startSilent(sentinel)
    slow = await slowLinks([redis])
  })
  after(async () => {
    await Promise.all([silent, ...slow.links].map((proxy) => proxy.close()))
    await sentinel.stop()
    await redis.stop()
  })

  describeRemoteTransport('RedisTransport', async () => {
    const by = ({ host, port }: Address) => ({ sentinels: [{ host, port }], name: sentinel.name })
    const targets = { near: by(sentinel), slow: { ...by(sentinel), natMap: slow.natMap }, silent: by(silent) }
    return underTest(targets, silent, async () => redis)
  })
})

describe('On Redis Cluster', () => {
  let cluster: RedisCluster
  let silent: FaultProxy
  let slow: Awaited<ReturnType<typeof slowLinks>>

  before(async function () {
    this.timeout(40_000)
    cluster = await startRedisCluster(3)
    silent = await startSilent(cluster.shards[0] ?? { host: '', port: 0 })
    slow = await slowLinks(cluster.shards)
  })
  after(async () => {
    await Promise.all([silent, ...slow.links].map((proxy) => proxy.close()))
    await cluster.stop()
  })

  describeRemoteTransport('RedisTransport', async () => {
    const by = ({ host, port }: Address, natMap?: Record<string, Address>) =>
      new Cluster([{ host, port }], { lazyConnect: true, ...(natMap && { natMap }) })
    const first = cluster.shards[0] ?? silent
    const targets = { near: by(first), slow: by(first, slow.natMap), silent: by(silent) }
    const release = async () => {
      for (const client of Object.values(targets)) {
        client.disconnect()
      }
    }
    return { ...underTest(targets, silent, (key) => cluster.shardOf(key), 'SPUBLISH'), release }
  })
})
