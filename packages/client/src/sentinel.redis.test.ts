import { valueKey } from '@rescind/bus'
import {
  Closing,
  eventually,
  freePort,
  type RedisSentinel,
  type RedisServer,
  startProxy,
  startRedis,
  startSentinel,
} from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'

describe('A cache behind Redis Sentinel', function () {
  this.timeout(60_000)
  const closing = new Closing()
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: RedisSentinel

  beforeEach(async () => {
    primary = await startRedis()
    replica = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] })
    await replica.command('REPLICAOF', primary.host, `${primary.port}`)
    sentinel = await startSentinel(primary, 1)
  })

  afterEach(async () => {
    await closing.all()
    await Promise.all([sentinel, replica, primary].map((server) => server.stop()))
  })

  async function join(load: () => number) {
    const redis = { sentinels: [{ host: sentinel.host, port: sentinel.port }], name: sentinel.name }
    const cache = closing.add(createCache({ name: 'test', redis, redisTimeout: '2s', maxStaleness: '2s' }))
    const region = cache.region('r', { load })
    expect(await cache.start()).to.equal(true)
    return { cache, region }
  }

  it('serves nothing that a failover brought back, though its replica never heard of the invalidation', async () => {
    let version = 1
    const reader = await join(() => version)
    expect(await reader.region.get('a')).to.equal(1)
    const key = valueKey('test', 'r', 'a')
    // A first sync takes its time.
    await eventually(async () => expect(await replica.command('EXISTS', key)).to.equal(1), { withinMs: 20_000 })

    // From here on the replica misses everything: the message, and the removal of the value.
    await replica.command('REPLICAOF', primary.host, `${await freePort()}`)
    const writer = await join(() => version)
    version = 2
    await writer.region.invalidate('a')
    expect(await primary.command('EXISTS', key)).to.equal(0)
    // Nobody is left who has heard of it, but the reader's memory.
    await writer.cache.close()
    await primary.kill()

    await eventually(async () => expect(String(await replica.command('ROLE'))).to.match(/^master/), {
      withinMs: 20_000,
    })
    expect(await replica.command('EXISTS', key), 'the old value is back').to.equal(1)
    await eventually(() => expect(reader.cache.stats()).to.include({ status: 'live', flushes: 1 }), {
      withinMs: 10_000,
    })
    const newcomer = await join(() => version)
    expect(await newcomer.region.get('a')).to.equal(2)
    expect(await reader.region.get('a')).to.equal(2)
    expect(newcomer.cache.stats().flushes).to.equal(0)
  })
  it('asks the next Sentinel when one is silent, and closes in bounded time when all are', async () => {
    const silent = await startProxy(sentinel)
    silent.blackhole()
    const deaf = { host: silent.host, port: silent.port }
    const name = sentinel.name
    const one = closing.add(createCache({ name: 'test', redis: { sentinels: [deaf, sentinel], name } }))
    expect(await one.start()).to.equal(true)
    const all = createCache({ name: 'test', redis: { sentinels: [deaf], name } })
    expect(await all.region('r', { load: () => 1 }).get('a')).to.equal(1)
    // Bounded by the test itself: without a bound it would never settle.
    await all.close()
    await silent.close()
  })
})
