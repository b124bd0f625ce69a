import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, stub } from 'sinon'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { MemoryHub } from './index.ts'
import type { RegionOptions } from './region-options.ts'

const TTL = 10_000
const down = new Error('the source is down')

describe('A refresh ahead of the expiry', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** A region that holds `a`, which took `computeMs` to load. */
  async function setUp(options: Partial<RegionOptions<string>>, computeMs = 0) {
    const events: CacheEvent[] = []
    const loads = new HeldLoads<string>()
    const onEvent = (event: CacheEvent) => events.push(event)
    const cache = closing.add(createCache({ name: 'test', hub: new MemoryHub(), onEvent }))
    const region = cache.region('r', { load: loads.load, ttl: TTL, ttlJitter: 0, ...options })
    await cache.start()
    const first = region.get('a')
    const load = await loads.call(0)
    await clock.tickAsync(computeMs)
    load.resolve('old')
    await first
    const errors = () => events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
    return { cache, region, loads, errors }
  }

  it('comes with the first read after that part of the TTL, which does not wait, and is one for all', async () => {
    const { cache, region, loads } = await setUp({ refreshAhead: 0.8 })
    await clock.tickAsync(0.8 * TTL - 1)
    await region.get('a')
    expect(loads.calls.length).to.equal(1)
    await clock.tickAsync(1)
    expect(await Promise.all([region.get('a'), region.get('a')])).to.deep.equal(['old', 'old'])
    expect(await region.getMany(['a'])).to.deep.equal(new Map([['a', 'old']]))
    expect(region.peek('a')).to.equal('old')
    expect(loads.calls.length).to.equal(2)
    expect(cache.stats().total).to.include({ refreshes: 1, staleServed: 0, l1Misses: 1, l1Hits: 4 })
    loads.calls[1]?.resolve('new')
    await clock.tickAsync(0)
    expect(region.peek('a')).to.equal('new')
    await clock.tickAsync(0.8 * TTL - 1)
    expect(await region.get('a')).to.equal('new')
    expect(loads.calls.length).to.equal(2)
  })

  it('is the load that a reader joins who comes after the expiry', async () => {
    const { region, loads } = await setUp({ refreshAhead: 0.8 })
    await clock.tickAsync(TTL - 1)
    await region.get('a')
    await clock.tickAsync(1)
    const read = region.get('a')
    loads.calls[1]?.resolve('new')
    expect(await read).to.equal('new')
    expect(loads.calls.length).to.equal(2)
  })

  it('that fails is heard of in the background, and tried again after the back-off', async () => {
    const { region, loads, errors } = await setUp({ refreshAhead: 0.5, errorBackoff: 1_000 })
    await clock.tickAsync(TTL / 2)
    expect(await region.get('a')).to.equal('old')
    loads.calls[1]?.reject(down)
    await clock.tickAsync(999)
    expect(errors()).to.deep.equal([down])
    expect(await region.get('a')).to.equal('old')
    expect(loads.calls.length).to.equal(2)
    await clock.tickAsync(1)
    expect(await region.get('a')).to.equal('old')
    expect(loads.calls.length).to.equal(3)
    loads.calls[2]?.reject(down)
    await clock.tickAsync(TTL)
    // Without a stale value to serve there is nothing to back off for.
    const read = region.get('a')
    ;(await loads.call(3)).resolve('new')
    expect(await read).to.equal('new')
  })

  it('is under way when the cache is closed: that waits a second at most, and nobody hears of a failure', async () => {
    for (const staleWhileRevalidate of [0, '1h'] as const) {
      for (const fails of [true, false]) {
        const { cache, region, loads, errors } = await setUp({ refreshAhead: 0.1, staleWhileRevalidate })
        await clock.tickAsync(TTL / 10)
        await region.get('a')
        const closed = cache.close()
        await clock.tickAsync(1_000)
        expect(await closed).to.deep.equal({ unsent: [] })
        if (fails) {
          loads.calls[1]?.reject(down)
        } else {
          loads.calls[1]?.resolve('new')
        }
        await clock.tickAsync(0)
        expect(errors()).to.deep.equal([])
        expect(region.peek('a')).to.equal(fails ? 'old' : 'new')
      }
    }
  })

  it('goes on in a closed cache, as reads do', async () => {
    const { cache, region, loads, errors } = await setUp({ refreshAhead: 0.1 })
    await cache.close()
    await clock.tickAsync(TTL / 10)
    expect(await region.get('a')).to.equal('old')
    ;(await loads.call(1)).reject(down)
    await clock.tickAsync(1_000)
    expect(await region.get('a')).to.equal('old')
    ;(await loads.call(2)).resolve('new')
    await clock.tickAsync(0)
    expect(region.peek('a')).to.equal('new')
    expect(errors()).to.deep.equal([])
  })

  it('is the earlier, the longer the load took and the larger beta is (XFetch)', async () => {
    const random = stub(Math, 'random').returns(0.5)
    try {
      // The draw reaches ln 2 = 0.693 times beta times the time of the load ahead of the expiry.
      for (const [beta, computeMs, leftMs] of [
        [1, 100, 69],
        [1, 1_000, 693],
        [2, 1_000, 1_386],
      ] as const) {
        const { region, loads } = await setUp({ beta }, computeMs)
        await clock.tickAsync(TTL - leftMs - 1)
        await region.get('a')
        expect(loads.calls.length).to.equal(1)
        await clock.tickAsync(1)
        expect(await region.get('a')).to.equal('old')
        expect(loads.calls.length).to.equal(2)
        loads.calls[1]?.resolve('new')
      }
    } finally {
      random.restore()
    }
  })

  it('does not come where beta is 0, and draws anew for each read', async () => {
    const random = stub(Math, 'random').returns(1 - Number.EPSILON)
    try {
      const never = await setUp({ beta: 0 }, 5_000)
      await clock.tickAsync(TTL - 1)
      await never.region.get('a')
      expect(never.loads.calls.length).to.equal(1)
      random.returns(0.5)
      const { region, loads } = await setUp({}, 5_000)
      await clock.tickAsync(TTL / 2)
      await region.get('a')
      expect(loads.calls.length).to.equal(1)
      random.returns(0.7)
      await region.get('a')
      expect(loads.calls.length).to.equal(2)
      loads.calls[1]?.resolve('new')
    } finally {
      random.restore()
    }
  })

  it('leaves what is read rarely alone: nothing is loaded for nobody', async () => {
    const { cache, loads } = await setUp({ refreshAhead: 0.5, staleWhileRevalidate: '1h' }, 1_000)
    await clock.tickAsync(10 * TTL)
    expect(loads.calls.length).to.equal(1)
    expect(cache.stats().total.refreshes).to.equal(0)
  })
})
