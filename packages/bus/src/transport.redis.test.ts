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
import { type BusNames, busNames, leaseKey, valueKey } from './names.ts'
import type { RedisTarget } from './redis-client.ts'
import { RedisTransport } from './redis-transport.ts'

const MAX_TAGS = 16

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

/** What the suite may do to a bus of this name; `home` serves a key. */
function around(name: string, home: (key: string) => Promise<RedisServer>, publish: string) {
  const names: BusNames = busNames(name)
  const beside = (region: string, key: string) => [valueKey(name, region, key), leaseKey(name, region, key)]
  return {
    maxTags: MAX_TAGS,
    values: {
      async put(region: string, id: string) {
        for (const key of beside(region, id)) {
          await (await home(key)).command('SET', key, 'value')
        }
      },
      async count(region: string, id: string) {
        const keys = beside(region, id)
        return Number(await (await home(keys[0] ?? '')).command('EXISTS', ...keys))
      },
    },
    shout: async (text: string) => void (await (await home(names.log)).command(publish, names.channel, text)),
    cut: async () => void (await (await home(names.log)).command('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  }
}

describe('A transport over one Redis', () => {
  let redis: RedisServer
  let silent: FaultProxy

  before(async () => {
    redis = await startRedis()
    silent = await startProxy(redis)
    silent.blackhole()
  })
  after(async () => {
    await silent.close()
    await redis.stop()
  })

  describeRemoteTransport('RedisTransport', async (): Promise<RemoteTransportUnderTest> => {
    const name = `conf-${newId()}`
    const deaf = { transport: transportTo(silent.url, name, 400), connections: () => silent.connections }
    return { transport: transportTo(redis.url, name), ...around(name, async () => redis, 'PUBLISH'), deaf }
  })
})

describe('A transport over Sentinel', () => {
  let redis: RedisServer
  let sentinel: RedisSentinel
  let silent: FaultProxy

  before(async function () {
    this.timeout(40_000)
    redis = await startRedis()
    sentinel = await startSentinel(redis, 0)
    silent = await startProxy(sentinel)
    silent.blackhole()
  })
  after(async () => {
    await silent.close()
    await sentinel.stop()
    await redis.stop()
  })

  describeRemoteTransport('RedisTransport', async (): Promise<RemoteTransportUnderTest> => {
    const name = `conf-${newId()}`
    const by = ({ host, port }: FaultProxy | RedisSentinel): RedisTarget => ({
      sentinels: [{ host, port }],
      name: sentinel.name,
    })
    const deaf = { transport: transportTo(by(silent), name, 400), connections: () => silent.connections }
    return { transport: transportTo(by(sentinel), name), ...around(name, async () => redis, 'PUBLISH'), deaf }
  })
})

describe('A transport over Redis Cluster', () => {
  let cluster: RedisCluster
  let silent: FaultProxy

  before(async function () {
    this.timeout(40_000)
    cluster = await startRedisCluster(3)
    silent = await startProxy(cluster.shards[0] ?? { host: '', port: 0 })
    silent.blackhole()
  })
  after(async () => {
    await silent.close()
    await cluster.stop()
  })

  describeRemoteTransport('RedisTransport', async (): Promise<RemoteTransportUnderTest> => {
    const name = `conf-${newId()}`
    const by = ({ host, port }: { readonly host: string; readonly port: number }) =>
      new Cluster([{ host, port }], { lazyConnect: true })
    const [given, unheard] = [by(cluster.shards[0] ?? silent), by(silent)]
    const deaf = { transport: transportTo(unheard, name, 400), connections: () => silent.connections }
    return {
      transport: transportTo(given, name),
      ...around(name, (key) => cluster.shardOf(key), 'SPUBLISH'),
      deaf,
      release: async () => {
        given.disconnect()
        unheard.disconnect()
      },
    }
  })
})
