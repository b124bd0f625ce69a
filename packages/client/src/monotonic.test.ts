import { setImmediate as turn } from 'node:timers/promises'
import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { ForwardReads } from './fixtures/forward-reads.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { LaggingReplica } from './fixtures/lagging-replica.ts'
import { seeded } from './fixtures/seeded.ts'
import type { Region } from './region.ts'
import type { RegionOptions } from './region-options.ts'

/** How often the random test is run, each time from another seed. */
const ROUNDS = 30
const READS = 40

describe('Reads of a key with versions, in one process,', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  /** A region whose loads are held. The value is its version. */
  function setUp(options: Partial<RegionOptions<number | undefined>> = {}) {
    const loads = new HeldLoads<number | undefined>()
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region<number | undefined>('r', {
      load: loads.load,
      version: (value) => value ?? 0,
      ...options,
    })
    const answer = async (index: number, version: number | undefined) => (await loads.call(index)).resolve(version)
    /** A read that this load answers. */
    const get = async (
      index: number,
      version: number | undefined,
      read: () => Promise<unknown> = () => region.get('a'),
    ) => {
      const value = read()
      await answer(index, version)
      return value
    }
    return { cache, region, loads, answer, get }
  }

  const losses: Readonly<Record<string, (its: ReturnType<typeof setUp>) => Promise<unknown>>> = {
    invalidated: ({ region }) => region.invalidate('a'),
    cleared: ({ region }) => region.clear(),
    'cleared with everything': ({ cache }) => cache.clear(),
    evicted: async ({ region, get }) => {
      for (let n = 0; region.peek('a') !== undefined; n += 1) {
        await get(n + 1, 1, () => region.get(`other ${n}`))
      }
    },
  }
  for (const [how, lose] of Object.entries(losses)) {
    it(`do not go back when its value was ${how} and the source lags behind`, async () => {
      const its = setUp({ maxEntries: 1, policy: 'lru' })
      expect(await its.get(0, 5)).to.equal(5)
      await lose(its)
      const from = its.loads.calls.length
      const value = its.region.get('a')
      await its.answer(from, 4)
      await its.answer(from + 1, 5)
      expect(await value).to.equal(5)
    })
  }

  it('say what the source says if they are to be fresh, though it lags behind what is held', async () => {
    const { region, answer, get } = setUp()
    await get(0, 5)
    const fresh = region.get('a', { fresh: true })
    for (const index of [1, 2, 3, 4]) await answer(index, 4)
    expect(await fresh).to.equal(4)
    expect(region.peek('a')).to.equal(5)
  })

  it('do not go back when there was no room for what was returned', async () => {
    const { region, answer, get } = setUp({ maxCost: 1, cost: () => 2 })
    expect(await get(0, 5)).to.equal(5)
    expect(region.peek('a')).to.equal(undefined)
    const value = region.get('a')
    await answer(1, 4)
    await answer(2, 5)
    expect(await value).to.equal(5)
  })

  it('do not go back when there was none in between', async () => {
    const { region, answer, get } = setUp()
    await get(0, 5)
    await region.invalidate('a')
    expect(await get(1, undefined)).to.equal(undefined)
    await region.invalidate('a')
    const value = region.get('a')
    await answer(2, 4)
    await answer(3, 6)
    expect(await value).to.equal(6)
  })

  it('do not go back to what an older load brings that lands later', async () => {
    const { region, loads, answer, get } = setUp()
    const slow = region.get('a')
    await loads.call(0)
    expect(await get(1, 6, () => region.get('a', { fresh: true }))).to.equal(6)
    await answer(0, 5)
    // It began before the newer one was returned.
    expect(await slow).to.equal(5)
    expect(await region.get('a')).to.equal(6)
  })

  it('do not go back to what a load brings that began before the last one was replaced', async () => {
    const { region, loads, answer } = setUp()
    const first = region.get('a')
    await loads.call(0)
    const second = region.get('a', { fresh: true })
    await answer(1, 5)
    expect(await second).to.equal(5)
    // Is returned, and cached nowhere: it takes the older one with it.
    await answer(0, 6)
    expect(await first).to.equal(6)
    const third = region.get('a')
    await answer(2, 6)
    expect(await third).to.equal(6)
  })

  it('read again when they have joined a load that lags and that a bump has cut short', async () => {
    const { region, loads, answer, get } = setUp()
    await get(0, 5)
    await region.invalidate('a')
    const value = region.get('a')
    await loads.call(1)
    await region.bump('a', 7)
    await answer(1, 4)
    await answer(2, 7)
    expect(await value).to.equal(7)
    expect(loads.calls).to.have.lengthOf(3)
  })

  it('take what they get from a load that a bump has cut short, if it is as new as all that was before them', async () => {
    const { cache, region, loads, answer } = setUp()
    const value = region.get('a')
    await loads.call(0)
    await region.bump('a', 7)
    await answer(0, 6)
    expect(await value).to.equal(6)
    expect(region.peek('a')).to.equal(undefined)
    expect(cache.stats().total).to.include({ loads: 1, doomed: 1, outdated: 0, outdatedServed: 0 })
  })

  it('do not ask the source a second time when a bump comes in a pause, but join who does', async () => {
    const { region, loads, answer } = setUp()
    await region.bump('a', 7)
    const first = region.get('a')
    await answer(0, 6)
    await turn()
    await region.bump('a', 8)
    const second = region.get('a')
    await answer(1, 8)
    expect(await second).to.equal(8)
    expect(await first).to.equal(8)
    expect(loads.calls).to.have.lengthOf(2)
  })

  it('end, though each load lags and is cut short by the next bump', async () => {
    const { cache, region, loads } = setUp()
    await region.bump('a', 100)
    const value = region.get('a')
    let ended = false
    value.finally(() => {
      ended = true
    })
    for (let n = 0; !ended; n += 1) {
      const load = loads.calls[n]
      if (load) {
        await region.bump('a', 101 + n)
        load.resolve(n)
      } else {
        n -= 1
        await turn()
      }
    }
    expect(await value).to.be.a('number')
    expect(loads.calls.length).to.be.at.most(4)
    expect(cache.stats().total.outdatedServed).to.equal(1)
  })

  it('do not go back, whatever is read, invalidated and bumped at the same time, while each load takes its time', async () => {
    for (let seed = 0; seed < ROUNDS; seed += 1) {
      await readAtRandom(seed)
    }
  }).timeout(60_000)

  async function readAtRandom(seed: number): Promise<void> {
    const random = seeded(seed)
    const upTo = (bound: number) => Math.floor(random() * bound)
    const turns = async (most: number) => {
      for (let n = upTo(most); n > 0; n -= 1) await turn()
    }
    const replica = new LaggingReplica(random)
    const load = async () => {
      const version = replica.read()
      await turns(6)
      return version
    }
    const cache = closing.add(createCache({ name: 'test' }))
    const region: Region<number> = cache.region('r', {
      load,
      loadMany: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await load()] as const))),
      version: (value) => value,
      maxEntries: 1,
      policy: 'lru',
    })
    const ways: (() => Promise<number | undefined>)[] = [
      () => region.get('a'),
      () => region.get('a'),
      () => region.get('a', { fresh: true }),
      async () => (await region.getMany(['a', 'b'])).get('a'),
      async () => (await region.getMany(['a'], { fresh: true })).get('a'),
    ]
    const forward = new ForwardReads(`seed ${seed}`)
    const done: Promise<unknown>[] = []
    for (let n = 0; n < READS; n += 1) {
      done.push(forward.read(ways[upTo(ways.length)] ?? (() => region.get('a'))))
      await turns(3)
      const write = random()
      if (write < 0.3) {
        const version = replica.commit()
        done.push(write < 0.1 ? region.invalidate('a') : region.bump('a', version))
      } else if (write < 0.4) {
        done.push(region.get('b'))
      }
    }
    await Promise.all(done)
    expect(cache.stats().total.outdatedServed, `seed ${seed}`).to.equal(0)
  }
})
