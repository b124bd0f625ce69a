import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, stub } from 'sinon'
import { createCache } from './cache.ts'
import { ReadManyError } from './errors.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { ClosedError, InvalidArgumentError } from './index.ts'
import type { RegionOptions } from './region-options.ts'

/** What a load returns: the value is its version, and there is none for undefined. */
type Answer = number | bigint | undefined | Error

/** More than all pauses of one read together. */
const PAUSES_MS = 1_000

describe('A region with versions', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** A source that gives these answers, one after the other, and then the last one for good. */
  function setUp(answers: Answer[], options: Partial<RegionOptions<number | bigint | undefined>> = {}) {
    const loaded: string[] = []
    const cache = closing.add(createCache({ name: 'test' }))
    const load = async (id: string): Promise<number | bigint | undefined> => {
      loaded.push(id)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (answer instanceof Error) throw answer
      return answer
    }
    const region = cache.region<number | bigint | undefined>('r', { load, version: (value) => value, ...options })
    const figures = () => cache.stats().total
    /** Reads while as much time passes as it takes. */
    const get = async (id = 'a') => {
      const value = region.get(id)
      await clock.tickAsync(PAUSES_MS)
      return value
    }
    return { answers, cache, region, loaded, figures, get }
  }

  it('rejects a read whose version is no whole number of 63 bits, and caches nothing', async () => {
    for (const version of [-1, 1.5, 2 ** 53, Number.NaN, -1n, 2n ** 63n, '1', undefined, null]) {
      const { region } = setUp([1], { version: () => version as number })
      const error = await region.get('a').catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(InvalidArgumentError)
      expect(String(error)).to.include('the result of version must be a whole number from 0 to 2^63 - 1')
      expect(region.peek('a')).to.equal(undefined)
    }
  })

  it('hands on what version throws, in getMany for that id alone', async () => {
    const wrong = new Error('no version')
    const version = (_: unknown, id: string) => {
      if (id === 'b') throw wrong
      return 1
    }
    const { region } = setUp([1], { version })
    const error = await region.getMany(['a', 'b']).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(ReadManyError)
    expect([...(error as ReadManyError<number>).failures]).to.deep.equal([['b', wrong]])
    expect(region.peek('a')).to.equal(1)
  })

  it('does not ask for the version of what does not exist, and shows the others', async () => {
    const { region } = setUp([undefined, 2n ** 60n])
    expect([await region.get('a'), await region.get('b')]).to.deep.equal([undefined, 2n ** 60n])
    const inspected = await Promise.all(['a', 'b'].map((id) => region.inspect(id)))
    expect(inspected.map(({ l1 }) => l1?.version)).to.deep.equal([undefined, 2n ** 60n])
  })

  it('refuses a bump of what is no id, or to what is no version, and drops nothing', async () => {
    const { region } = setUp([5])
    await region.get('a')
    for (const [id, version, what] of [
      [7, 7, /^id must be a string/],
      ['a', 7.5, /^version must be a whole number/],
      ['a', '7', /^version must be a whole number/],
    ] as const) {
      const error = await region.bump(id as string, version as number).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(InvalidArgumentError)
      expect((error as Error).message).to.match(what)
    }
    expect(region.peek('a')).to.equal(5)
  })

  it('keeps what a bump says is current, and drops what is below', async () => {
    const { region, figures, loaded } = setUp([5])
    await region.get('a')
    await region.bump('a', 4)
    await region.bump('a', 5n)
    await region.bump('b', 6)
    expect(region.peek('a')).to.equal(5)
    expect(figures()).to.include({ dropped: 0, loads: 1 })
    await region.bump('a', 6)
    expect(region.peek('a')).to.equal(undefined)
    expect(figures().dropped).to.equal(1)
    expect(loaded).to.deep.equal(['a'])
  })

  it('drops by a bump what has no version, since nothing says that it was loaded later', async () => {
    const { region, answers } = setUp([undefined])
    await region.get('a')
    await region.bump('a', 1)
    answers[0] = 1
    expect(await region.get('a')).to.equal(1)
  })

  it('comes to the same by bumps in any order and any number of times', async () => {
    const orders = [
      [5, 6, 7],
      [5, 7, 6],
      [6, 5, 7],
      [6, 7, 5],
      [7, 5, 6],
      [7, 6, 5],
    ]
    for (const order of orders) {
      const { region, get, figures } = setUp([6, 6, 6, 6, 7])
      for (const version of [...order, ...order]) await region.bump('a', version)
      expect([await get(), await get()]).to.deep.equal([6, 7])
      for (const version of order) await region.bump('a', version)
      expect(region.peek('a')).to.equal(7)
      expect(figures()).to.include({ loads: 5, outdated: 4, outdatedServed: 1 })
    }
  })

  it('drops what it has, and remembers the version, when a bump cannot be sent', async () => {
    const { region, cache, get, figures } = setUp([7, 7, 8])
    await region.get('a')
    await cache.close()
    const error = await region.bump('a', 8).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(ClosedError)
    expect(region.peek('a')).to.equal(undefined)
    expect(await get()).to.equal(8)
    expect(figures()).to.include({ outdated: 1 })
  })

  it('remembers as well what a transaction has noted that cannot be sent', async () => {
    const { region, cache, get, figures } = setUp([7, 7, 8])
    await region.get('a')
    const failed = cache.transaction(async (tx) => {
      tx.bump({ region: 'r', versions: { a: 8 } })
      await cache.close()
    })
    expect(await failed.catch((reason: unknown) => reason)).to.be.instanceOf(ClosedError)
    expect(region.peek('a')).to.equal(undefined)
    expect(await get()).to.equal(8)
    expect(figures()).to.include({ outdated: 1 })
  })

  it('does not go back behind what this process has saved, though it was not to be cached', async () => {
    const ways: Record<string, (skip: () => void, region: { invalidate(id: string): unknown }) => unknown> = {
      'nothing else happens': () => undefined,
      'it is to be skipped': (skip) => skip(),
      'the key is invalidated meanwhile': (_, region) => region.invalidate('a'),
    }
    for (const [how, meanwhile] of Object.entries(ways)) {
      const { region, get, figures } = setUp([7, 7, 8], {
        save: async (_id, _value, { skip }) => {
          await meanwhile(skip, region)
        },
      })
      await region.get('a')
      await region.set('a', 8)
      expect(await get(), how).to.equal(8)
      expect(figures().outdatedServed, how).to.equal(0)
    }
  })

  it('does not cache what is saved below a version that is known', async () => {
    const { region, answers, figures, get } = setUp([9], { save: () => undefined })
    await region.bump('a', 9)
    await region.set('a', 8)
    expect(region.peek('a')).to.equal(undefined)
    expect(figures().savesUncached).to.equal(1)
    answers[0] = 9
    expect(await get()).to.equal(9)
  })

  it('knows in a new epoch which version there was, and keeps that there is no value now', async () => {
    const { region, cache, answers, get, loaded } = setUp([undefined])
    for (const version of [5, 6, 7]) await region.bump('a', version)
    await cache.clear()
    expect([await get(), await get()]).to.deep.equal([undefined, undefined])
    expect(loaded).to.have.lengthOf(1)
    await region.invalidate('a')
    answers.unshift(6, 7)
    expect(await get()).to.equal(7)
    expect(loaded).to.have.lengthOf(3)
  })

  it('can be made of a function', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const rows = { version: 5 }
    const row = cache.wrap('row', async (_: number) => ({ ...rows }), { version: ({ version }) => version })
    await row(1)
    await row.bump([1], 5)
    expect(row.peek(1)).to.deep.equal({ version: 5 })
    await row.bump([1], 6)
    expect(row.peek(1)).to.equal(undefined)
  })

  describe('whose source lags behind', () => {
    it('asks it again until it has what was said, and caches only that', async () => {
      const { region, get, loaded, figures } = setUp([5, 6, 7])
      await region.bump('a', 7)
      expect(await get()).to.equal(7)
      expect(loaded).to.have.lengthOf(3)
      expect(figures()).to.include({ loads: 3, outdated: 2, outdatedServed: 0, doomed: 0 })
      expect(region.peek('a')).to.equal(7)
    })

    it('leaves it alone for about 25, 50 and 100 ms', async () => {
      for (const [random, pauses] of [
        [0, [12.5, 25, 50]],
        [0.5, [25, 50, 100]],
      ] as const) {
        const drawn = stub(Math, 'random').returns(random)
        const { region, loaded } = setUp([6])
        await region.bump('a', 7)
        const value = region.get('a')
        for (const [tries, ms] of pauses.entries()) {
          await clock.tickAsync(Math.floor(ms) - 1)
          expect(loaded).to.have.lengthOf(tries + 1)
          await clock.tickAsync(1)
          expect(loaded).to.have.lengthOf(tries + 2)
        }
        expect(await value).to.equal(6)
        drawn.restore()
      }
    })

    it('returns the highest of what it said after three more tries, and caches it nowhere', async () => {
      const { region, get, loaded, figures } = setUp([5, 6, 4, 5])
      await region.bump('a', 7)
      expect(await get()).to.equal(6)
      expect(loaded).to.have.lengthOf(4)
      expect(region.peek('a')).to.equal(undefined)
      expect(figures()).to.include({ loads: 4, outdated: 4, outdatedServed: 1, loadErrors: 0 })
    })

    it('asks once for all who wait', async () => {
      const { region, loaded, figures } = setUp([6, 7])
      await region.bump('a', 7)
      const reads = Promise.all([region.get('a'), region.get('a'), region.getMany(['a'])])
      await clock.tickAsync(PAUSES_MS)
      expect(await reads).to.deep.equal([7, 7, new Map([['a', 7]])])
      expect(loaded).to.have.lengthOf(2)
      expect(figures()).to.include({ outdated: 1, coalesced: 2 })
    })

    it('returns what it said when a further try fails', async () => {
      const { region, get, loaded, figures } = setUp([6, new Error('down')])
      await region.bump('a', 7)
      expect(await get()).to.equal(6)
      expect(loaded).to.have.lengthOf(2)
      expect(region.peek('a')).to.equal(undefined)
      expect(figures()).to.include({ loads: 2, loadErrors: 1, loadTimeouts: 0, outdatedServed: 1 })
    })

    it('takes no longer for all tries than loadTimeout, after which the signal is aborted', async () => {
      const loads = new HeldLoads<number>()
      const { region, figures } = setUp([], { load: loads.load, loadTimeout: 100 })
      await region.bump('a', 7)
      const value = region.get('a')
      const [first, second] = [await loads.call(0), loads.call(1)]
      await clock.tickAsync(50)
      first.resolve(6)
      await clock.tickAsync(49)
      const { signal } = await second
      expect(signal.aborted).to.equal(false)
      await clock.tickAsync(1)
      expect(signal.aborted).to.equal(true)
      expect(await value).to.equal(6)
      expect(figures()).to.include({ loads: 2, loadTimeouts: 1, outdatedServed: 1 })
    })

    it('does not begin a pause that ends too late', async () => {
      const { region, loaded } = setUp([6], { loadTimeout: 12 })
      await region.bump('a', 7)
      expect(await region.get('a')).to.equal(6)
      expect(loaded).to.have.lengthOf(1)
    })

    it('is left alone for a while when a value is to be refreshed that it does not have yet', async () => {
      const { region, answers, figures } = setUp([7], {
        refreshAhead: 0.5,
        ttl: '1h',
        ttlJitter: 0,
        errorBackoff: '10s',
      })
      await region.get('a')
      answers[0] = 6
      await clock.tickAsync(1_800_000)
      for (let n = 0; n < 9; n += 1) {
        expect(await region.get('a')).to.equal(7)
        await clock.tickAsync(PAUSES_MS)
      }
      expect(figures()).to.include({ refreshes: 1, loads: 5, outdatedServed: 1 })
      await clock.tickAsync(2 * PAUSES_MS)
      answers[0] = 8
      await region.get('a')
      await clock.tickAsync(1)
      expect(await region.get('a')).to.equal(8)
    })

    it('does not take the place of a stale value that is newer', async () => {
      const { region, answers, get, figures } = setUp([7], { staleIfError: '1h', ttl: '1m', ttlJitter: 0, beta: 0 })
      await region.get('a')
      answers[0] = 6
      await clock.tickAsync(60_000)
      expect(await get()).to.equal(7)
      expect(figures()).to.include({ outdated: 4, staleServed: 1 })
    })

    it('is asked by getMany for those that lag alone, together, and the others are there at once', async () => {
      const loads = new HeldLoads<number>()
      const { region, figures } = setUp([], { load: loads.load, loadMany: loads.loadMany })
      for (const id of ['b', 'c', 'd']) await region.bump(id, 7)
      const values = region.getMany(['a', 'b', 'c', 'd'])
      const versions = [1, 6, 6, 7]
      for (const [n, version] of versions.entries()) (await loads.call(n)).resolve(version)
      await clock.tickAsync(0)
      expect(['a', 'b', 'c', 'd'].map((id) => region.peek(id))).to.deep.equal([1, undefined, undefined, 7])
      await clock.tickAsync(PAUSES_MS)
      expect(loads.batches.slice(1)).to.deep.equal([['b', 'c']])
      ;(await loads.call(4)).resolve(7)
      ;(await loads.call(5)).resolve(6)
      await clock.tickAsync(PAUSES_MS)
      expect(loads.batches.slice(2)).to.deep.equal([['c']])
      ;(await loads.call(6)).resolve(8)
      expect(await values).to.deep.equal(
        new Map([
          ['a', 1],
          ['b', 7],
          ['c', 8],
          ['d', 7],
        ]),
      )
      expect(figures()).to.include({ loads: 7, outdated: 3, outdatedServed: 0 })
    })
  })

  describe('and without them', () => {
    it('takes a bump for an invalidation, and believes every load', async () => {
      const cache = closing.add(createCache({ name: 'test' }))
      const region = cache.region('r', { load: async () => 5 })
      await region.get('a')
      await region.bump('a', 4)
      expect(region.peek('a')).to.equal(undefined)
      await region.bump('a', 7)
      expect(await region.get('a')).to.equal(5)
      expect(cache.stats().total).to.include({ loads: 2, outdated: 0, dropped: 1 })
    })
  })
})
