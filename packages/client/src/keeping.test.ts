import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { SinonFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { type Duration, InvalidArgumentError, type LoadContext, MemoryHub } from './index.ts'
import type { RegionOptions } from './region-options.ts'

describe('A loader', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  type Source = (id: string, context: LoadContext) => number | undefined

  /** Loads one at a time, or many; `source` counts what it was asked. */
  function setUp(together: boolean, source: Source, options: Partial<RegionOptions<number | undefined>> = {}) {
    const cache = closing.add(createCache({ name: 'test', hub: new MemoryHub() }))
    const region = cache.region<number | undefined>('r', {
      load: source,
      ttl: 1_000,
      ttlJitter: 0,
      ...options,
      ...(together && {
        loadMany: (ids, { signal, setTtl, skip }) =>
          new Map(
            ids.map((id) => {
              const context = { signal, setTtl: (ttl: Duration) => setTtl(id, ttl), skip: () => skip(id) }
              return [id, source(id, context)] as const
            }),
          ),
      }),
    })
    const read = async (...ids: string[]) => {
      const found = together ? await region.getMany(ids) : undefined
      return found ? ids.map((id) => found.get(id)) : Promise.all(ids.map((id) => region.get(id)))
    }
    return { cache, region, read }
  }

  for (const together of [false, true]) {
    describe(together ? 'of many' : 'of one', () => {
      it('may say for how long each value is kept, and that there is none; the last call counts', async () => {
        const calls: string[] = []
        const { read } = setUp(
          together,
          (id, { setTtl }) => {
            calls.push(id)
            if (id !== 'default') {
              setTtl('1d')
              setTtl(id === 'short' ? 10 : '5s')
            }
            return id === 'none' ? undefined : calls.length
          },
          { notFoundTtl: 500 },
        )
        const ids = ['short', 'none', 'default']
        const readAll = async (afterMs: number) => {
          await clock.tickAsync(afterMs)
          calls.length = 0
          await read(...ids)
          return calls
        }
        expect(await readAll(0)).to.deep.equal(ids)
        expect(await readAll(9)).to.deep.equal([])
        expect(await readAll(1)).to.deep.equal(['short'])
        expect(await readAll(990)).to.deep.equal(['short', 'default'])
        expect(await readAll(3_999)).to.deep.equal(['short', 'default'])
        expect(await readAll(1)).to.deep.equal(['none'])
      })

      it('may have a value cached nowhere, and it is not kept from those who wait', async () => {
        let calls = 0
        const { cache, region, read } = setUp(together, (id, { skip }) => {
          calls += 1
          if (id === 'a') {
            skip()
          }
          return calls
        })
        expect(await Promise.all([read('a'), read('a')])).to.deep.equal([[1], [1]])
        expect(region.peek('a')).to.equal(undefined)
        expect(await read('a', 'b')).to.deep.equal([2, 3])
        expect(await read('b', 'a')).to.deep.equal([3, 4])
        expect(cache.stats().total).to.include({ doomed: 0, coalesced: 1 })
      })

      it('that says nonsense fails', async () => {
        for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1 s', undefined, '30d']) {
          const { region, read } = setUp(together, (_, { setTtl }) => {
            setTtl(ttl as Duration)
            return 1
          })
          const error = await read('a').catch((reason: unknown) => reason)
          const reason = error instanceof AggregateError ? error.errors[0] : error
          expect(reason, String(ttl))
            .to.be.instanceOf(InvalidArgumentError)
            .and.to.have.property('message')
            .that.includes('setTtl must be a duration')
          expect(region.peek('a')).to.equal(undefined)
        }
      })

      it('is not heard any more once it has answered', async () => {
        const contexts: LoadContext[] = []
        const { read } = setUp(together, (_, context) => contexts.push(context))
        await read('a')
        contexts[0]?.setTtl(1)
        contexts[0]?.skip()
        await clock.tickAsync(999)
        expect(await read('a')).to.deep.equal([1])
      })
    })
  }

  it('may spread its context', async () => {
    const seen: { readonly signal: AbortSignal }[] = []
    const region = closing.add(createCache({ name: 'test' })).region('r', {
      load: async (id, context) => {
        const own = { ...context, tenant: 'a' }
        seen.push(own)
        own.setTtl('1m')
        return id
      },
    })
    expect(await region.get('a')).to.equal('a')
    expect(seen[0]?.signal.aborted).to.equal(false)
  })

  it('of many that speaks of ids that were not asked for is not heard', async () => {
    let loads = 0
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region<number>('r', {
      load: () => ++loads,
      loadMany: (ids, { setTtl, skip }) => {
        skip('b')
        setTtl('b', 1)
        return new Map(['b', 'c', ...ids].map((id) => [id, 7]))
      },
      ttlJitter: 0,
    })
    expect([...(await region.getMany(['a']))]).to.deep.equal([['a', 7]])
    expect([region.peek('b'), region.peek('c')]).to.deep.equal([undefined, undefined])
    expect(await region.get('b')).to.equal(1)
    await clock.tickAsync(1_000)
    expect(await region.get('b')).to.equal(1)
  })

  it('whose values are loaded together lets them expire apart, by up to a tenth of their TTL', async () => {
    let loads = 0
    const cache = closing.add(createCache({ name: 'test' }))
    const ids = Array.from({ length: 1_000 }, (_, n) => `${n}`)
    const region = cache.region<number>('r', { load: () => ++loads, ttl: 10_000, beta: 0 })
    await region.getMany(ids)
    const expired: number[] = []
    const held = () => ids.filter((id) => region.peek(id) !== undefined).length
    // To just before the spread, and then on by a quarter of it each.
    for (const elapsedMs of [8_999, 501, 500, 500, 501]) {
      await clock.tickAsync(elapsedMs)
      expired.push(1_000 - held())
    }
    expect(expired[0]).to.equal(0)
    // A quarter of them in each quarter of the spread: six standard deviations are at most 95.
    for (const [quarter, count] of expired.slice(1).entries()) {
      expect(count).to.be.within(250 * (quarter + 1) - 100, 250 * (quarter + 1) + 100)
    }
    expect(expired[4]).to.equal(1_000)
  })

  it('is asked when the TTL of L1 is over, where there is no L2', async () => {
    let loads = 0
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', { load: () => ++loads, ttl: '1h', l1Ttl: 1_000, ttlJitter: 0 })
    await region.get('a')
    await clock.tickAsync(999)
    expect(await region.get('a')).to.equal(1)
    await clock.tickAsync(1)
    expect(await region.get('a')).to.equal(2)
  })
})
