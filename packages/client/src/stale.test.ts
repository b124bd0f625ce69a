import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { SinonFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { LoadTimeoutError, MemoryHub } from './index.ts'
import type { RegionOptions } from './region-options.ts'

const TTL = 60_000
const down = new Error('the source is down')

describe('A stale value', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** A region that holds `a`, loaded just now, and what is heard in the background. */
  async function setUp(options: Partial<RegionOptions<string>>) {
    const events: CacheEvent[] = []
    const hub = new MemoryHub()
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name: 'test', hub, onEvent: (event) => events.push(event) }))
    const other = closing.add(createCache({ name: 'test', hub }))
    const region = cache.region('r', { load: loads.load, ttl: TTL, ttlJitter: 0, tags: () => ['tag'], ...options })
    await Promise.all([cache.start(), other.start()])
    const first = region.get('a')
    ;(await loads.call(0)).resolve('old')
    await first
    const errors = () => events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
    const otherRegion = other.region('r', { load: async () => 'unused' })
    const ways = {
      key: () => region.invalidate('a'),
      'key elsewhere': () => otherRegion.invalidate('a'),
      tag: () => cache.invalidateTags(['tag']),
      region: () => otherRegion.clear(),
      everything: () => other.clear(),
    }
    const stats = () => cache.stats().total
    return { cache, region, loads, errors, ways, stats }
  }

  describe('while it is revalidated', () => {
    it('is served at once for its window, and loaded anew once in the background', async () => {
      const { region, loads, stats } = await setUp({ staleWhileRevalidate: 1_000 })
      await clock.tickAsync(TTL)
      expect(region.peek('a')).to.equal(undefined)
      expect(await Promise.all([region.get('a'), region.get('a')])).to.deep.equal(['old', 'old'])
      expect(await region.getMany(['a'])).to.deep.equal(new Map([['a', 'old']]))
      expect(stats()).to.include({ staleServed: 3, refreshes: 1, loads: 2, coalesced: 0 })
      ;(await loads.call(1)).resolve('new')
      await clock.tickAsync(0)
      expect(region.peek('a')).to.equal('new')
      expect(await region.get('a')).to.equal('new')
      expect(loads.calls.length).to.equal(2)
      expect(stats().staleServed).to.equal(3)
    })

    it('is gone after its window: the load is waited for', async () => {
      const { region, loads } = await setUp({ staleWhileRevalidate: 1_000 })
      await clock.tickAsync(TTL + 999)
      expect(await region.get('a')).to.equal('old')
      ;(await loads.call(1)).reject(down)
      await clock.tickAsync(1)
      const read = region.get('a')
      ;(await loads.call(2)).resolve('new')
      expect(await read).to.equal('new')
    })

    it('goes on being served when its load fails, and its source is left alone for a back-off', async () => {
      const { region, loads, errors, stats } = await setUp({ staleWhileRevalidate: '1h', errorBackoff: 1_000 })
      await clock.tickAsync(TTL)
      let failures = 0
      for (const delayMs of [1_000, 2_000, 4_000]) {
        failures += 1
        expect(await region.get('a')).to.equal('old')
        ;(await loads.call(failures)).reject(down)
        await clock.tickAsync(delayMs - 1)
        expect(await region.get('a')).to.equal('old')
        expect(loads.calls.length).to.equal(failures + 1)
        await clock.tickAsync(1)
      }
      expect(errors()).to.deep.equal([down, down, down])
      expect(stats()).to.include({ loadErrors: 3, refreshes: 3 })
      await region.get('a')
      ;(await loads.call(4)).resolve('new')
      await clock.tickAsync(0)
      expect(await region.get('a')).to.equal('new')
    })

    it('is held by no back-off once a load has succeeded', async () => {
      const { region, loads, ways } = await setUp({ staleWhileRevalidate: '1h', errorBackoff: '1d' })
      await clock.tickAsync(TTL)
      await region.get('a')
      ;(await loads.call(1)).reject(down)
      await clock.tickAsync(0)
      await ways.key()
      const read = region.get('a')
      ;(await loads.call(2)).resolve('new')
      await read
      await clock.tickAsync(TTL)
      expect(await region.get('a')).to.equal('new')
      expect(loads.calls.length).to.equal(4)
      loads.calls[3]?.resolve('newer')
    })

    it('is not loaded twice by a reader who comes when it was invalidated meanwhile, but once more', async () => {
      const { region, loads, ways } = await setUp({ staleWhileRevalidate: '1h' })
      await clock.tickAsync(TTL)
      await region.get('a')
      const doomed = await loads.call(1)
      await ways['key elsewhere']()
      const reads = [region.get('a'), region.get('a')]
      ;(await loads.call(2)).resolve('new')
      doomed.resolve('doomed')
      expect(await Promise.all(reads)).to.deep.equal(['new', 'new'])
      expect(region.peek('a')).to.equal('new')
    })
  })

  describe('if there is an error', () => {
    it('is what readers get whose load failed, within its window and no longer', async () => {
      const { region, loads, stats } = await setUp({ staleIfError: 10_000, errorBackoff: 1 })
      for (const [afterMs, served] of [
        [TTL, 'old'],
        [9_999, 'old'],
        [1, down],
      ] as const) {
        await clock.tickAsync(afterMs)
        const next = loads.next()
        const reads = [region.get('a'), region.get('a')].map((read) => read.catch((error: unknown) => error))
        ;(await next).reject(down)
        expect(await Promise.all(reads)).to.deep.equal([served, served])
      }
      expect(stats()).to.include({ staleServed: 4, loadErrors: 3, coalesced: 3 })
    })

    it('is served without a load while the source is left alone after a failure', async () => {
      const { region, loads } = await setUp({ staleIfError: '1h', errorBackoff: 1_000 })
      await clock.tickAsync(TTL)
      const read = region.get('a')
      ;(await loads.call(1)).reject(down)
      expect(await read).to.equal('old')
      await clock.tickAsync(999)
      expect(await region.get('a')).to.equal('old')
      expect(await region.getMany(['a'])).to.deep.equal(new Map([['a', 'old']]))
      expect(loads.calls.length).to.equal(2)
      await clock.tickAsync(1)
      const again = region.get('a')
      ;(await loads.call(2)).resolve('new')
      expect(await again).to.equal('new')
    })

    it('is what readers get whose load timed out', async () => {
      const { region, loads } = await setUp({ staleIfError: '1h', loadTimeout: 500 })
      await clock.tickAsync(TTL)
      const read = region.get('a')
      const { signal } = await loads.call(1)
      await clock.tickAsync(500)
      expect(await read).to.equal('old')
      expect(signal.aborted).to.equal(true)
    })

    it('has a window of its own, beside that of revalidation', async () => {
      const { region, loads } = await setUp({ staleWhileRevalidate: 1_000, staleIfError: 5_000, errorBackoff: 1 })
      await clock.tickAsync(TTL + 999)
      expect(await region.get('a')).to.equal('old')
      ;(await loads.call(1)).reject(down)
      await clock.tickAsync(1)
      const read = region.get('a')
      ;(await loads.call(2)).reject(down)
      expect(await read).to.equal('old')
    })

    it('is no reason to keep quiet about the error where there is none', async () => {
      const { region, loads } = await setUp({ staleIfError: '1h' })
      const read = region.get('b').catch((error: unknown) => error)
      ;(await loads.call(1)).reject(down)
      expect(await read).to.equal(down)
    })

    it('is not for a reader who asks the source itself', async () => {
      const { region, loads } = await setUp({ staleIfError: '1h', softTimeout: 10 })
      const read = region.get('a', { fresh: true }).catch((error: unknown) => error)
      const load = await loads.call(1)
      await clock.tickAsync(100)
      load.reject(down)
      expect(await read).to.equal(down)
      expect(region.peek('a')).to.equal('old')
    })

    it('stays for each id of many that failed, and the others are new', async () => {
      const { region, loads } = await setUp({ staleIfError: '1h' })
      const second = region.get('b')
      ;(await loads.call(1)).resolve('old b')
      await second
      await clock.tickAsync(TTL)
      const read = region.getMany(['b', 'a'])
      ;(await loads.call(2)).resolve('new b')
      ;(await loads.call(3)).reject(down)
      expect([...(await read)]).to.deep.equal([
        ['b', 'new b'],
        ['a', 'old'],
      ])
    })
  })

  describe('after a soft time-out', () => {
    const options = { staleIfError: '1h', softTimeout: 100, loadTimeout: 1_000 } as const

    it('is served, and the load goes on and is cached', async () => {
      const { region, loads, stats } = await setUp(options)
      await clock.tickAsync(TTL)
      let served: string | undefined
      const read = region.get('a').then((value) => {
        served = value
      })
      const load = await loads.call(1)
      await clock.tickAsync(99)
      expect(served).to.equal(undefined)
      await clock.tickAsync(1)
      expect(served).to.equal('old')
      await read
      expect(load.signal.aborted).to.equal(false)
      load.resolve('new')
      await clock.tickAsync(0)
      expect(region.peek('a')).to.equal('new')
      expect(stats()).to.include({ staleServed: 1, loads: 2 })
    })

    it('is served, and what becomes of the load is heard of in the background', async () => {
      for (const fails of [true, false]) {
        const { region, loads, errors } = await setUp(options)
        await clock.tickAsync(TTL)
        const read = region.get('a')
        const load = await loads.call(1)
        await clock.tickAsync(100)
        expect(await read).to.equal('old')
        if (fails) {
          load.reject(down)
        }
        await clock.tickAsync(900)
        expect(errors().length).to.equal(1)
        expect(errors()[0]).to.be.instanceOf(fails ? Error : LoadTimeoutError)
        expect(await region.get('a')).to.equal('old')
      }
    })

    it('may not be there: then the load is waited for', async () => {
      const { region, loads } = await setUp(options)
      const read = region.get('b')
      const load = await loads.call(1)
      await clock.tickAsync(500)
      load.resolve('b')
      expect(await read).to.equal('b')
    })

    it('leaves no timer behind', async () => {
      const { region, loads } = await setUp(options)
      await clock.tickAsync(TTL)
      const before = clock.countTimers()
      const read = region.get('a')
      ;(await loads.call(1)).resolve('new')
      expect(await read).to.equal('new')
      await clock.tickAsync(0)
      expect(clock.countTimers()).to.equal(before)
    })
  })

  for (const way of ['key', 'key elsewhere', 'tag', 'region', 'everything'] as const) {
    it(`that was invalidated by ${way} is never served, whatever the windows`, async () => {
      const { region, loads, ways } = await setUp({ staleWhileRevalidate: '1h', staleIfError: '1h', softTimeout: 1 })
      await clock.tickAsync(TTL)
      await ways[way]()
      const failing = region.get('a').catch((error: unknown) => error)
      const failed = await loads.call(1)
      await clock.tickAsync(10)
      failed.reject(down)
      expect(await failing).to.equal(down)
      const slow = region.get('a')
      const load = await loads.call(2)
      await clock.tickAsync(10)
      load.resolve('new')
      expect(await slow).to.equal('new')
    })

    it(`is not served to who waits for a load that fails, if ${way} was invalidated meanwhile`, async () => {
      const { region, loads, ways } = await setUp({ staleIfError: '1h' })
      await clock.tickAsync(TTL)
      const read = region.get('a').catch((error: unknown) => error)
      const load = await loads.call(1)
      await ways[way]()
      load.reject(down)
      expect(await read).to.equal(down)
    })

    it(`is not served to who waits for a slow load, if ${way} was invalidated meanwhile`, async () => {
      const { region, loads, ways } = await setUp({ staleIfError: '1h', softTimeout: 100 })
      await clock.tickAsync(TTL)
      const read = region.get('a')
      const load = await loads.call(1)
      await ways[way]()
      await clock.tickAsync(5_000)
      load.resolve('new')
      expect(await read).to.equal('new')
    })

    it(`is not served by a back-off that began before ${way} was invalidated`, async () => {
      const { region, loads, ways } = await setUp({
        staleIfError: '1h',
        staleWhileRevalidate: '1s',
        errorBackoff: '1h',
      })
      await clock.tickAsync(TTL)
      await region.get('a')
      ;(await loads.call(1)).reject(down)
      await clock.tickAsync(0)
      await ways[way]()
      const read = region.get('a')
      ;(await loads.call(2)).resolve('new')
      expect(await read).to.equal('new')
    })
  }

  it('is not served by a process that no longer knows whether it was invalidated', async () => {
    const { cache, region, loads } = await setUp({ staleWhileRevalidate: '1h', staleIfError: '1h' })
    await clock.tickAsync(TTL)
    await cache.close()
    await clock.tickAsync(5_001)
    const read = region.get('a').catch((error: unknown) => error)
    ;(await loads.call(1)).reject(down)
    expect(await read).to.equal(down)
  })

  it('may be that there is none', async () => {
    const loads = new HeldLoads<undefined>()
    const cache = closing.add(createCache({ name: 'test' }))
    const options = { load: loads.load, notFoundTtl: 1_000, ttlJitter: 0, staleWhileRevalidate: '1h' } as const
    const region = cache.region<undefined>('r', options)
    const first = region.get('a')
    ;(await loads.call(0)).resolve(undefined)
    await first
    await clock.tickAsync(1_000)
    expect(await region.get('a')).to.equal(undefined)
    expect(cache.stats().total).to.include({ staleServed: 1, refreshes: 1 })
    ;(await loads.call(1)).resolve(undefined)
  })
})
