import { createPublisher, leaseKey, valueKey } from '@rescind/bus'
import { eventually, type RedisCluster, rejection, startRedisCluster } from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, createCache } from './cache.ts'
import type { Region } from './region.ts'

interface Versioned {
  readonly id: string
  readonly version: number
}

describe('A cache on Redis Cluster', function () {
  this.timeout(40_000)
  let cluster: RedisCluster
  let given: Cluster
  let caches: Cache[]
  let run = 0
  let name: string
  let source: Map<string, number>
  let loads: number

  before(async () => {
    cluster = await startRedisCluster(3, ['--enable-debug-command', 'yes'])
  })
  after(() => cluster.stop())

  beforeEach(() => {
    const [first] = cluster.shards
    given = new Cluster([{ host: first?.host ?? '', port: first?.port ?? 0 }], { lazyConnect: true })
    caches = []
    run += 1
    name = `shop${run}`
    source = new Map()
    loads = 0
  })
  afterEach(async () => {
    await Promise.all(caches.map((cache) => cache.close()))
    expect(given.status).to.equal('wait')
    given.disconnect()
  })

  async function join(schemaVersion = 1): Promise<{ cache: Cache; items: Region<Versioned> }> {
    const cache = createCache({ name, redis: given, redisTimeout: '2s', maxStaleness: '2s', heartbeat: '100ms' })
    caches.push(cache)
    const items = cache.region('item', {
      schemaVersion,
      load: (id: string): Versioned => {
        loads += 1
        return { id, version: source.get(id) ?? 1 }
      },
    })
    expect(await cache.start()).to.equal(true)
    return { cache, items }
  }

  it('shares values and invalidations of keys on every shard, whatever their ids', async () => {
    const [a, b] = [await join(), await join()]
    const ids = ['', '{', '}', 'a{b}c', '{x}', '%', ...Array.from({ length: 60 }, (_, index) => `id-${index}`)]
    await a.items.getMany(ids)
    await eventually(async () => expect(await countValues(ids)).to.equal(ids.length))
    await b.items.getMany(ids)
    expect(loads).to.equal(ids.length)
    expect(b.cache.stats().total.l2Hits).to.equal(ids.length)
    for (const id of ids) source.set(id, 2)
    await a.items.invalidate(ids)
    expect(await countValues(ids)).to.equal(0)
    await eventually(() => expect(ids.filter((id) => b.items.peek(id))).to.deep.equal([]))
    expect([...(await b.items.getMany(ids)).values()].every(({ version }) => version === 2)).to.equal(true)
  })

  it('keeps the values of two schemas in one slot, and invalidates both', async () => {
    const [a, b] = [await join(), await join(2)]
    const ids = ['', '{', ...Array.from({ length: 20 }, (_, index) => `id-${index}`)]
    for (const { items } of [a, b]) {
      await items.getMany(ids)
      await eventually(async () => expect(await countValues(ids, leaseKey)).to.equal(0))
    }
    const later = [await join(), await join(2)]
    await Promise.all(later.map(({ items }) => items.getMany(ids)))
    expect(later.map(({ cache }) => cache.stats().total.l2Hits)).to.deep.equal([ids.length, ids.length])
    expect(loads).to.equal(2 * ids.length)
    for (const id of ids) source.set(id, 2)
    await a.items.invalidate(ids)
    for (const { items } of [await join(2), await join()]) {
      expect([...(await items.getMany(ids)).values()].every(({ version }) => version === 2)).to.equal(true)
    }
  })

  it('hears a publisher that is given the same cluster', async () => {
    const { items } = await join()
    await items.get('42')
    const publisher = createPublisher({ name, redis: given, redisTimeout: '2s' })
    await publisher.invalidate({ region: 'item', keys: ['42'] })
    await eventually(() => expect(items.peek('42')).to.equal(undefined))
    await publisher.close()
  })

  it('catches up without a flush when the connection to the log is killed', async () => {
    const [a, b] = [await join(), await join()]
    await b.items.getMany(['kept', 'written'])
    const home = await cluster.shardOf(`{${name}}:log`)
    await home.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await a.items.invalidate('written')
    await eventually(() => {
      expect(b.items.peek('written')).to.equal(undefined)
      expect(b.cache.stats().status).to.equal('live')
    })
    expect(b.items.peek('kept')).to.deep.equal({ id: 'kept', version: 1 })
    expect(b.cache.stats().flushes).to.equal(0)
  })

  it('takes a value of an earlier incarnation of its shard for a miss, of any schema, though the log goes on', async () => {
    const [a, b] = [await join(), await join()]
    const id = await idOnAnotherShard()
    for (const { items } of [a, await join(2)]) {
      await items.get(id)
      await eventually(async () =>
        expect([await countValues([id]), await countValues([id], leaseKey)]).to.deep.equal([1, 0]),
      )
    }
    const shard = await cluster.shardOf(valueKey(name, 'item', id))
    expect(await shard.command('EXISTS', `${valueKey(name, 'item', id)}:schema:2`)).to.equal(1)
    // What a promotion does, less the loss of data: whoever reads it cannot know that nothing was lost.
    await shard.command('DEBUG', 'CHANGE-REPL-ID')
    source.set(id, 2)
    expect((await (await join(2)).items.get(id)).version).to.equal(2)
    expect((await b.items.get(id)).version).to.equal(2)
    expect(b.cache.stats().flushes).to.equal(0)
  })

  it('does not fill under a lease of an earlier incarnation of its shard', async () => {
    const id = await idOnAnotherShard()
    const shard = await cluster.shardOf(valueKey(name, 'item', id))
    const cache = createCache({ name, redis: given, redisTimeout: '2s' })
    caches.push(cache)
    const items = cache.region('item', {
      load: async (): Promise<number> => {
        expect(await shard.command('EXISTS', leaseKey(name, 'item', id))).to.equal(1)
        await shard.command('DEBUG', 'CHANGE-REPL-ID')
        return 1
      },
    })
    await cache.start()
    expect(await items.get(id)).to.equal(1)
    // Drains what is under way in the background.
    await cache.close()
    expect(await countValues([id])).to.equal(0)
  })

  async function idOnAnotherShard(): Promise<string> {
    const home = await cluster.shardOf(`{${name}}:log`)
    for (let n = 0; ; n += 1) {
      if ((await cluster.shardOf(valueKey(name, 'item', `id-${n}`))) !== home) return `id-${n}`
    }
  }

  async function countValues(ids: readonly string[], keyOf: typeof valueKey = valueKey): Promise<number> {
    let count = 0
    for (const id of ids) {
      const key = keyOf(name, 'item', id)
      count += Number(await (await cluster.shardOf(key)).command('EXISTS', key))
    }
    return count
  }
})

describe('A publisher that is given one server of a cluster as if it were a Redis of its own', function () {
  this.timeout(40_000)

  it('is refused at once, and not queued for ever, where the keys and the log are in two slots', async () => {
    const cluster = await startRedisCluster(1)
    const publisher = createPublisher({ name: 'shop', redis: cluster.shards[0]?.url ?? '', redisTimeout: '2s' })
    const refused = await rejection(publisher.invalidate({ region: 'item', keys: ['42'] }))
    expect(refused.name).to.equal('PublishFailedError')
    expect(refused.message).to.include("don't hash to the same slot")
    expect(await publisher.close()).to.deep.equal({ unsent: [] })
    await cluster.stop()
  })
})
