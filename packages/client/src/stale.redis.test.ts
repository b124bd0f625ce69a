import { valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { stub } from 'sinon'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { RegionNode } from './fixtures/region-node.ts'
import type { RegionOptions } from './region-options.ts'

const name = 'test'
const down = new Error('the source is down')
const quiet: Partial<RegionOptions<string>> = { ttl: '10m', ttlJitter: 0, beta: 0, tags: () => ['tag'] }

describe('A value that L2 holds beyond its TTL', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(options: Partial<RegionOptions<string>>) {
    const events: CacheEvent[] = []
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name, redis: server.url, onEvent: (event) => events.push(event) }))
    const region = cache.region('r', { load: loads.load, ...quiet, ...options })
    await cache.start()
    const errors = () => events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
    return { cache, region, loads, errors, stats: () => cache.stats().total }
  }

  const leftMs = async () => Number(await server.command('PTTL', valueKey(name, 'r', 'a')))

  /** A process whose L1 is empty, beside one that loaded `a` for a millisecond. */
  async function setUp(options: Partial<RegionOptions<string>>) {
    const first = await connect(options)
    const read = first.region.get('a')
    const load = await first.loads.call(0)
    load.setTtl(1)
    load.resolve('old')
    await read
    await eventually(async () => expect(await leftMs()).to.be.within(1, 3_600_000))
    await eventually(() => expect(first.region.peek('a')).to.equal(undefined))
    return { first, ...(await connect(options)) }
  }

  it('is kept for the longer of its windows, and not at all without any', async () => {
    for (const [staleWhileRevalidate, staleIfError] of [
      ['30s', '10s'],
      ['10s', '30s'],
    ] as const) {
      await setUp({ staleWhileRevalidate, staleIfError })
      expect(await leftMs()).to.be.within(20_000, 30_001)
      await server.command('FLUSHALL')
    }
    const { region, loads } = await connect({})
    const read = region.get('a')
    const load = await loads.call(0)
    load.setTtl('5s')
    load.resolve('value')
    await read
    await eventually(async () => expect(await leftMs()).to.be.within(1_000, 5_000))
  })

  it('is served while it is revalidated, by one load for all, which every L1 and L2 then hold', async () => {
    const { first, region, loads, stats } = await setUp({ staleWhileRevalidate: '1h' })
    expect(await region.get('a')).to.equal('old')
    const load = await loads.call(0)
    expect(await Promise.all([region.get('a'), first.region.get('a')])).to.deep.equal(['old', 'old'])
    load.resolve('new')
    await eventually(() => expect([region.peek('a'), first.region.peek('a')]).to.deep.equal(['new', 'new']))
    expect([loads.calls.length, first.loads.calls.length]).to.deep.equal([1, 1])
    expect(stats()).to.include({ loads: 1, l2Hits: 1, refreshes: 1 })
    expect(await leftMs()).to.be.above(3_600_000)
  })

  it('is served if loading it anew fails, and the next read leaves the source alone', async () => {
    const { region, loads, errors, stats } = await setUp({ staleIfError: '1h', errorBackoff: '1h' })
    const read = region.get('a')
    ;(await loads.call(0)).reject(down)
    expect(await read).to.equal('old')
    expect(await region.get('a')).to.equal('old')
    expect(loads.calls.length).to.equal(1)
    expect(errors()).to.deep.equal([down])
    expect(stats()).to.include({ staleServed: 2, loadErrors: 1, l2Hits: 0, l2Misses: 1 })
  })

  it('is served after a soft time-out, and the load that goes on fills L2', async () => {
    const { region, loads } = await setUp({ staleIfError: '1h', softTimeout: 50 })
    expect(await region.get('a')).to.equal('old')
    loads.calls[0]?.resolve('new')
    await eventually(() => expect(region.peek('a')).to.equal('new'))
    const third = await connect({ staleIfError: '1h' })
    await eventually(async () => expect(await leftMs()).to.be.above(3_600_000))
    expect(await third.region.get('a')).to.equal('new')
  })

  for (const way of ['key', 'tag', 'region', 'everything'] as const) {
    it(`is never served once it was invalidated by ${way}, before the read or during its load`, async () => {
      for (const when of ['before', 'during'] as const) {
        const staleWhileRevalidate = when === 'before' ? '1h' : 0
        const { cache, first, region, loads } = await setUp({ staleWhileRevalidate, staleIfError: '1h' })
        const invalidate = async () => {
          const { position } = await {
            key: () => first.region.invalidate('a'),
            tag: () => first.cache.invalidateTags(['tag']),
            region: () => first.region.clear(),
            everything: () => first.cache.clear(),
          }[way]()
          await eventually(() => expect(cache.stats().position).to.equal(`${position.epoch}-${position.seq}`))
        }
        if (when === 'before') {
          await invalidate()
        }
        const reading = region.get('a').catch((error: unknown) => error)
        const load = await loads.call(0)
        if (when === 'during') {
          await invalidate()
        }
        load.reject(down)
        expect(await reading, when).to.equal(down)
      }
    })
  }
})

describe('A value that L2 holds', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(options: Partial<RegionOptions<string>>) {
    const loads = new HeldLoads<string>()
    const region = { load: loads.load, ...quiet, ...options }
    const cache = { name, redis: server.url, maxStaleness: '60s' } as const
    const node = closing.add(await new RegionNode<string>(cache, region).start())
    return { node, region: node.region, loads }
  }

  const filled = (...ids: string[]) =>
    eventually(async () => {
      expect(await server.command('EXISTS', ...ids.map((id) => valueKey(name, 'r', id)))).to.equal(ids.length)
    })

  it('is refreshed ahead of its expiry there by a process that finds it due, though it has long to live', async () => {
    const random = stub(Math, 'random').returns(0)
    try {
      const options = { ttl: '5m', beta: 100 } as const
      const [one, other] = [await connect(options), await connect(options)]
      const first = one.region.get('a')
      const load = await one.loads.call(0)
      one.node.skip(2_000)
      load.resolve('old')
      await first
      await filled('a')
      // 100 times two seconds times ln 10: nearly eight minutes.
      random.returns(0.9)
      expect(await other.region.get('a')).to.equal('old')
      ;(await other.loads.call(0)).resolve('new')
      await eventually(() => expect(other.region.peek('a')).to.equal('new'))
      expect(other.region.stats).to.include({ l2Hits: 1, refreshes: 1, loads: 1 })
      const third = await connect(options)
      await eventually(async () => expect(await third.region.get('a')).to.equal('new'))
    } finally {
      random.restore()
    }
  })

  it('is refreshed once it was found due, whatever a second draw would say', async () => {
    let draws = [0.9]
    const random = stub(Math, 'random').callsFake(() => draws.shift() ?? 0)
    try {
      const options = { ttl: '5m', beta: 100 } as const
      const [one, other] = [await connect(options), await connect(options)]
      draws = []
      const first = one.region.get('a')
      const load = await one.loads.call(0)
      one.node.skip(2_000)
      load.resolve('old')
      await first
      await filled('a')
      draws = [0.9]
      expect(await other.region.get('a')).to.equal('old')
      ;(await other.loads.call(0)).resolve('new')
      await eventually(() => expect(other.region.peek('a')).to.equal('new'))
    } finally {
      random.restore()
    }
  })

  it('is refreshed by a process whose L1 is due more often, when it is due itself', async () => {
    const random = stub(Math, 'random').returns(0)
    try {
      const { node, region, loads } = await connect({ ttl: '5m', l1Ttl: '2s', staleWhileRevalidate: '1m', beta: 100 })
      const first = region.get('a')
      const load = await loads.call(0)
      node.skip(2_000)
      load.resolve('old')
      await first
      await filled('a')
      node.skip(2_000)
      random.returns(0.9)
      expect(await region.get('a')).to.equal('old')
      ;(await loads.call(1)).resolve('new')
      await eventually(() => expect(region.peek('a')).to.equal('new'))
    } finally {
      random.restore()
    }
  })

  it('is asked for again when the TTL of L1 is over, and the loader is not', async () => {
    const { node, region, loads } = await connect({ l1Ttl: '2s' })
    const first = region.get('a')
    ;(await loads.call(0)).resolve('value')
    await first
    await filled('a')
    for (let round = 1; round <= 3; round += 1) {
      expect(region.peek('a')).to.equal('value')
      node.skip(2_000)
      expect(region.peek('a')).to.equal(undefined)
      expect(await region.get('a')).to.equal('value')
      expect(region.stats).to.include({ l2Hits: round, loads: 1 })
    }
  })

  it('is asked for in the background when the TTL of L1 is over, where stale values are served', async () => {
    const { node, region, loads } = await connect({ l1Ttl: '2s', staleWhileRevalidate: '10s' })
    const first = region.get('a')
    ;(await loads.call(0)).resolve('value')
    await first
    await filled('a')
    node.skip(2_000)
    expect(await region.get('a')).to.equal('value')
    expect(region.stats).to.include({ refreshes: 1, staleServed: 1, l1Hits: 1 })
    await eventually(() => expect(region.peek('a')).to.equal('value'))
    expect(region.stats).to.include({ l2Hits: 1, loads: 1 })
  })

  it('is served stale for as long as the reader says, not as the writer does', async () => {
    const writer = await connect({ staleIfError: '1h' })
    const first = writer.region.get('a')
    const load = await writer.loads.call(0)
    load.setTtl(1)
    load.resolve('old')
    await first
    await filled('a')
    const { node, region, loads } = await connect({ staleIfError: '20s', errorBackoff: 1 })
    for (const served of ['old', down]) {
      const reading = region.get('a').catch((error: unknown) => error)
      ;(await loads.next()).reject(down)
      expect(await reading).to.equal(served)
      // Time passes in this process alone: only its L1 knows how old the value is.
      await server.command('DEL', valueKey(name, 'r', 'a'))
      node.skip(20_000)
    }
  })

  it('leaves the L1s of those that read it together at different times', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `${n}`)
    const options = { l1Ttl: '4s', ttlJitter: 0.5, load: async () => 'value' } as const
    const [one, other] = [await connect(options), await connect(options)]
    await one.region.getMany(ids)
    await filled(...ids)
    await other.region.getMany(ids)
    expect(other.region.stats).to.include({ l2Hits: ids.length, loads: 0 })
    other.node.skip(4_000)
    const held = ids.filter((id) => other.region.peek(id) !== undefined).length
    // Half of them, give or take six standard deviations, less what expires while this test runs; without jitter none.
    expect(held).to.be.within(5, 145)
  })
})
