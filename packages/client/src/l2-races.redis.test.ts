import { createPublisher, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { type Reading, readings } from './fixtures/readings.ts'

const name = 'test'
/** How often each race is run. */
const ROUNDS = 6
const ways = ['own key', 'own tag', 'foreign key', 'foreign tag', "a publisher's key", "a publisher's tag"] as const

describe('An invalidation that races with a load', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  /** A process whose loads are held, another one, and a write service without a cache. */
  async function setUp(reading?: Reading) {
    const loads = new HeldLoads<string>()
    const options = { load: loads.load, tags: () => ['tag'], ...reading?.options(loads) }
    const publisher = closing.add(createPublisher({ name, redis: server.url }))
    const [own, foreign] = [0, 1].map(() => {
      const cache = closing.add(createCache({ name, redis: server.url }))
      return { cache, region: cache.region('r', options) }
    })
    if (!own || !foreign) {
      throw new Error('Not set up')
    }
    await Promise.all([own.cache.start(), foreign.cache.start()])
    const invalidate = (way: (typeof ways)[number], id: string) =>
      ({
        'own key': () => own.region.invalidate(id),
        'own tag': () => own.cache.invalidateTags(['tag']),
        'foreign key': () => foreign.region.invalidate(id),
        'foreign tag': () => foreign.cache.invalidateTags(['tag']),
        "a publisher's key": () => publisher.invalidate({ region: 'r', keys: [id] }),
        "a publisher's tag": () => publisher.invalidateTags(['tag']),
      })[way]()
    const applied = (seq: number) =>
      eventually(() => {
        for (const { cache } of [own, foreign]) {
          expect(cache.stats().position).to.match(new RegExp(`-${seq}$`))
        }
      })
    const begin = (how: Reading, id: string) =>
      how.begin(own.region, loads, id, () =>
        // It is stale before it is gone.
        eventually(() => expect(own.region.peek(id)).to.equal(undefined)),
      )
    return { own, foreign, loads, invalidate, applied, begin }
  }

  for (const reading of readings) {
    const { by, served = 'old' } = reading
    for (const way of ways) {
      it(`that is ${way} leaves the old value in no L1 and not in L2 when it comes during a load by ${by}`, async () => {
        const { own, foreign, loads, invalidate, applied, begin } = await setUp(reading)
        for (let round = 0; round < ROUNDS; round += 1) {
          const id = `key ${round}`
          const { value, load } = await begin(reading, id)
          const calls = loads.calls.length
          await invalidate(way, id)
          await applied(round + 1)
          load.resolve('old')
          expect(await value).to.equal(served)
          const next = loads.next()
          const elsewhere = foreign.region.get(id)
          ;(await next).resolve('new')
          expect(await elsewhere).to.equal('new')
          expect(await own.region.get(id)).to.equal('new')
          expect(loads.calls.length).to.equal(calls + 1)
        }
      })

      it(`that is ${way} leaves the old value nowhere when it comes in the turn in which a load by ${by} lands`, async () => {
        const { own, foreign, loads, invalidate, applied, begin } = await setUp(reading)
        for (let round = 0; round < ROUNDS; round += 1) {
          const id = `key ${round}`
          const { value, load } = await begin(reading, id)
          const next = loads.next()
          const landsFirst = round % 2 === 0
          if (landsFirst) {
            load.resolve('old')
          }
          const invalidated = invalidate(way, id)
          if (!landsFirst) {
            load.resolve('old')
          }
          await Promise.all([value, invalidated])
          if (way.startsWith('own')) {
            expect(own.region.peek(id)).to.equal(undefined)
          }
          await applied(round + 1)
          const reads = [own.region.get(id), foreign.region.get(id)]
          ;(await next).resolve('new')
          expect(await Promise.all(reads)).to.deep.equal(['new', 'new'])
          expect([own.region.peek(id), foreign.region.peek(id)]).to.deep.equal(['new', 'new'])
        }
      })
    }
  }

  it('is not undone by a read of L2 that was under way: the writer never reads its old value again', async () => {
    let source = 0
    const cache = closing.add(createCache({ name, redis: server.url }))
    const reader = closing.add(createCache({ name, redis: server.url }))
    const options = { load: async () => source, tags: () => ['tag'] }
    const region = cache.region('r', options)
    const other = reader.region('r', options)
    await Promise.all([cache.start(), reader.start()])
    for (let round = 1; round <= 100; round += 1) {
      await other.get('a')
      // Drops L1 and leaves the value in L2, so that the next read is one of L2.
      await eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(1))
      const before = region.get('a')
      source = round
      const invalidated = round % 2 ? region.invalidate('a') : cache.invalidateTags(['tag'])
      const during = region.get('a')
      await invalidated
      expect(await region.get('a')).to.equal(round)
      expect([round - 1, round]).to.include(await before)
      expect([round - 1, round]).to.include(await during)
      expect(region.peek('a')).to.equal(round)
    }
  })

  it('is heard of in onEvent once all that came with it is applied', async () => {
    const proxy = closing.add(await startProxy(server))
    const seen: unknown[] = []
    const onEvent = (event: CacheEvent) => {
      if (event.type === 'invalidated') {
        seen.push([...event.keys, region.peek('a'), region.peek('b')])
      }
    }
    const cache = closing.add(createCache({ name, redis: proxy.url, onEvent }))
    const region = cache.region('r', { load: async (id) => id })
    await cache.start()
    await region.getMany(['a', 'b'])
    const publisher = closing.add(createPublisher({ name, redis: server.url }))
    proxy.refuse()
    proxy.cut()
    await publisher.invalidate({ region: 'r', keys: ['a'] })
    await publisher.invalidate({ region: 'r', keys: ['b'] })
    expect(region.peek('b')).to.equal('b')
    proxy.heal()
    await eventually(() => expect(seen.length).to.equal(2))
    expect(seen).to.deep.equal([
      ['a', undefined, undefined],
      ['b', undefined, undefined],
    ])
    expect(cache.stats().flushes).to.equal(0)
  })

  it('in a new epoch dooms the loads in flight and drops everything', async () => {
    const { own, loads } = await setUp()
    const kept = own.region.get('kept')
    ;(await loads.call(0)).resolve('old')
    await kept
    const read = own.region.get('a')
    const load = await loads.call(1)
    await server.command('DEL', `{${name}}:log`)
    await eventually(() => expect(own.cache.stats().flushes).to.equal(1))
    expect(own.region.peek('kept')).to.equal(undefined)
    const after = own.region.get('a')
    load.resolve('old')
    expect(await read).to.equal('old')
    ;(await loads.call(2)).resolve('new')
    expect(await after).to.equal('new')
    expect(own.region.peek('a')).to.equal('new')
  })
})
