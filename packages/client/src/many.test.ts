import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { SinonFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { InvalidArgumentError, LoadTimeoutError, MemoryHub, ReadManyError } from './index.ts'
import type { RegionOptions } from './region-options.ts'

const down = new Error('the source is down')

describe('Many reads at once', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  async function setUp(options: Partial<RegionOptions<string>> = {}) {
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name: 'test', hub: new MemoryHub() }))
    const region = cache.region('r', { load: loads.load, loadMany: loads.loadMany, ttlJitter: 0, ...options })
    await cache.start()
    const stats = () => cache.stats().total
    return { cache, region, loads, stats }
  }

  /** The error of many reads, of which some must have failed. */
  async function failureOf(read: Promise<unknown>): Promise<ReadManyError<unknown>> {
    const error = await read.catch((reason: unknown) => reason)
    if (!(error instanceof ReadManyError)) throw error
    return error
  }

  it('are loaded by one call, without those that are held or under way, and come in the order asked', async () => {
    const { region, loads, stats } = await setUp()
    const held = region.get('held')
    ;(await loads.call(0)).resolve('held')
    await held
    const single = region.get('under way')
    const reads = [region.getMany(['b', 'held', 'a', 'under way', 'b']), region.getMany(['a', 'c'])]
    await loads.call(4)
    expect(loads.batches).to.deep.equal([['b', 'a'], ['c']])
    for (const { id, resolve } of loads.calls.slice(1)) {
      resolve(`value of ${id}`)
    }
    expect((await Promise.all(reads)).map((found) => [...found])).to.deep.equal([
      [
        ['b', 'value of b'],
        ['held', 'held'],
        ['a', 'value of a'],
        ['under way', 'value of under way'],
      ],
      [
        ['a', 'value of a'],
        ['c', 'value of c'],
      ],
    ])
    expect(await single).to.equal('value of under way')
    expect(stats()).to.include({ loads: 5, coalesced: 2, l1Hits: 1 })
    expect((await region.getMany(['a', 'b', 'c'])).size).to.equal(3)
    expect(loads.batches.length).to.equal(2)
  })

  it('are joined by single ones, and none of them is loaded twice', async () => {
    const { region, loads } = await setUp()
    const many = region.getMany(['a', 'b'])
    const one = region.get('b')
    await loads.call(1)
    for (const { id, resolve } of loads.calls) {
      resolve(id)
    }
    expect([await one, (await many).size]).to.deep.equal(['b', 2])
    expect([loads.calls.length, loads.batches.length]).to.deep.equal([2, 1])
  })

  it('are loaded one by one, at the same time, where the region cannot load many', async () => {
    const loads = new HeldLoads<string>()
    const region = closing.add(createCache({ name: 'test' })).region('r', { load: loads.load })
    const read = region.getMany(['a', 'b'])
    await loads.call(1)
    for (const { id, resolve } of loads.calls) {
      resolve(id)
    }
    expect((await read).size).to.equal(2)
    expect(loads.batches).to.deep.equal([])
  })

  it('load nothing where nothing is missing', async () => {
    const { region, loads } = await setUp()
    expect((await region.getMany([])).size).to.equal(0)
    expect(loads.batches).to.deep.equal([])
  })

  it('fail each on its own, where the loader of many says so', async () => {
    const { region, loads, stats } = await setUp()
    const read = failureOf(region.getMany(['a', 'b', 'c']))
    ;(await loads.call(0)).reject(down)
    ;(await loads.call(1)).resolve('b')
    ;(await loads.call(2)).resolve('c')
    const { values, failures } = await read
    expect([...failures]).to.deep.equal([['a', down]])
    expect([...values.keys()]).to.deep.equal(['b', 'c'])
    expect(['a', 'b', 'c'].map((id) => region.peek(id))).to.deep.equal([undefined, 'b', 'c'])
    expect(stats()).to.include({ loads: 3, loadErrors: 1 })
  })

  it('fail together where the loader of many throws, rejects, or brings no Map', async () => {
    const bad: readonly (readonly [loadMany: () => unknown, failure: new (...args: never[]) => Error])[] = [
      [
        () => {
          throw new RangeError('thrown')
        },
        RangeError,
      ],
      [() => Promise.reject(new RangeError('rejected')), RangeError],
      [() => ({ a: 1, b: 2 }), InvalidArgumentError],
      [async () => [['a', 1]], InvalidArgumentError],
      [() => undefined, InvalidArgumentError],
    ]
    for (const [loadMany, failure] of bad) {
      const { region, stats } = await setUp({ loadMany: loadMany as never })
      const { values, failures } = await failureOf(region.getMany(['a', 'b']))
      expect(values.size).to.equal(0)
      expect([...failures.keys()]).to.deep.equal(['a', 'b'])
      expect(failures.get('a')).to.be.instanceOf(failure).and.to.equal(failures.get('b'))
      expect(stats()).to.include({ loads: 2, loadErrors: 2 })
    }
  })

  it('find nothing for what the loader of many leaves out, and remember that', async () => {
    const asked: (readonly string[])[] = []
    const { region, stats } = await setUp({
      load: () => expect.fail('loaded on its own'),
      loadMany: (ids) => {
        asked.push(ids)
        return new Map([['b', 'value']])
      },
    })
    for (let round = 0; round < 2; round += 1) {
      expect([...(await region.getMany(['a', 'b']))]).to.deep.equal([['b', 'value']])
      expect(await region.get('a')).to.equal(undefined)
    }
    expect(asked).to.deep.equal([['a', 'b']])
    expect(stats()).to.include({ notFound: 1, loads: 2 })
  })

  it('have the tags of each, and a failure of `tags` is of that value alone', async () => {
    const { cache, region, loads } = await setUp({
      tags: (value, id) => {
        if (value === 'bad') throw down
        return [`tag of ${id}`]
      },
    })
    const read = failureOf(region.getMany(['a', 'b', 'c']))
    ;(await loads.call(0)).resolve('a')
    ;(await loads.call(1)).resolve('bad')
    ;(await loads.call(2)).resolve('c')
    expect([...(await read).failures]).to.deep.equal([['b', down]])
    await cache.invalidateTags(['tag of a'])
    expect(['a', 'b', 'c'].map((id) => region.peek(id))).to.deep.equal([undefined, undefined, 'c'])
  })

  it('time out together, with one signal and one error that names them all', async () => {
    const { region, loads, stats } = await setUp({ loadTimeout: 500 })
    const read = failureOf(region.getMany(['a', 'b']))
    const [a, b] = [await loads.call(0), await loads.call(1)]
    await clock.tickAsync(499)
    expect(a.signal.aborted).to.equal(false)
    await clock.tickAsync(1)
    expect(a.signal).to.equal(b.signal).and.to.have.property('aborted', true)
    const { failures } = await read
    expect(failures.get('a'))
      .to.be.instanceOf(LoadTimeoutError)
      .and.to.equal(failures.get('b'))
      .and.to.deep.include({ ids: ['a', 'b'] })
    expect(failures.get('a')).to.have.property('message').that.includes('for 2 ids')
    expect(stats()).to.include({ loadTimeouts: 2 })
    a.resolve('late')
    b.resolve('late')
    await clock.tickAsync(0)
    expect(region.peek('a')).to.equal(undefined)
  })

  it('of which one is invalidated meanwhile have that one cached nowhere, and the others kept', async () => {
    const { region, loads, stats } = await setUp()
    const read = region.getMany(['a', 'b'])
    const [a, b] = [await loads.call(0), await loads.call(1)]
    await region.invalidate('a')
    const after = region.getMany(['a', 'b'])
    const again = await loads.call(2)
    a.resolve('old')
    b.resolve('b')
    expect([...(await read).values()]).to.deep.equal(['old', 'b'])
    again.resolve('new')
    expect([...(await after).values()]).to.deep.equal(['new', 'b'])
    expect(region.peek('a')).to.equal('new')
    expect(loads.batches).to.deep.equal([['a', 'b'], ['a']])
    expect(stats().doomed).to.equal(1)
  })

  it('load alone what came back too late for them', async () => {
    const { cache, region, loads } = await setUp({ tags: () => ['tag'] })
    const before = region.getMany(['a'])
    const old = await loads.call(0)
    await cache.invalidateTags(['tag'])
    const after = region.getMany(['a', 'b'])
    ;(await loads.call(1)).resolve('b')
    old.resolve('old')
    ;(await loads.call(2)).resolve('new')
    expect([...(await before).values()]).to.deep.equal(['old'])
    expect([...(await after).values()]).to.deep.equal(['new', 'b'])
    expect(loads.batches).to.deep.equal([['a'], ['b']])
  })

  it('serve what is due at once, and refresh it by one call when all is read', async () => {
    for (const options of [{ refreshAhead: 0.5 }, { ttl: 5_000, staleWhileRevalidate: '1h' }] as const) {
      const { region, loads, stats } = await setUp({ ttl: 10_000, ...options })
      const first = region.getMany(['a', 'b'])
      await loads.call(1)
      for (const { resolve } of loads.calls) {
        resolve('old')
      }
      await first
      await clock.tickAsync(5_000)
      const read = region.getMany(['a', 'c', 'b'])
      ;(await loads.call(2)).resolve('new')
      expect([...(await read).values()]).to.deep.equal(['old', 'new', 'old'])
      expect(loads.batches).to.deep.equal([['a', 'b'], ['c'], ['a', 'b']])
      // They are under way, and not begun again.
      expect((await region.getMany(['b', 'a'])).size).to.equal(2)
      loads.calls[3]?.resolve('new')
      loads.calls[4]?.reject(down)
      await clock.tickAsync(0)
      expect(stats()).to.include({ refreshes: 2, loads: 5 })
      expect(await region.get('a')).to.equal('new')
      expect(await region.get('b')).to.equal('old')
      expect(loads.calls.length).to.equal(5)
    }
  })

  it('refuse to be anything but ids by rejecting', async () => {
    const { region } = await setUp()
    for (const [ids, options, message] of [
      [['a', 1], undefined, 'each id must be a string'],
      [{ a: 1 }, undefined, 'ids must be an array of strings'],
      [['a'], { fresh: 1 }, 'fresh must be true or false'],
      [['a'], { after: 'x' }, 'token must be the token of a receipt'],
    ] as const) {
      const error = await region.getMany(ids as never, options as never).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(InvalidArgumentError)
      expect(error).to.have.property('message').that.includes(message)
    }
  })
})
