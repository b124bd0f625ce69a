import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { SinonFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { InvalidArgumentError, MemoryHub, type ReadOptions } from './index.ts'

const B = 5_000

describe('A read', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = fakeClock()
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** A region that holds `a`, loaded just now. */
  async function setUp() {
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name: 'test', hub: new MemoryHub(), maxStaleness: B }))
    const region = cache.region('r', { load: loads.load })
    await cache.start()
    const first = region.get('a')
    ;(await loads.call(0)).resolve('old')
    await first
    return { cache, region, loads }
  }

  describe('that is to be fresh', () => {
    it('asks the loader, and what it says is there for the others', async () => {
      const { cache, region, loads } = await setUp()
      const read = region.get('a', { fresh: true })
      const load = await loads.call(1)
      expect(await region.get('a')).to.equal('old')
      load.resolve('new')
      expect(await read).to.equal('new')
      expect(await region.get('a')).to.equal('new')
      expect(cache.stats().total).to.include({ loads: 2, coalesced: 0 })
    })

    it('joins no load that began before it, may be joined itself, and is the one that is cached', async () => {
      for (const order of ['old first', 'new first']) {
        const { region, loads } = await setUp()
        await region.invalidate('a')
        const before = region.get('a')
        const old = await loads.call(1)
        const fresh = region.get('a', { fresh: true })
        const load = await loads.call(2)
        const joined = region.get('a')
        const landings = [() => old.resolve('old'), () => load.resolve('new')]
        for (const land of order === 'old first' ? landings : landings.reverse()) {
          land()
          await clock.tickAsync(0)
        }
        expect(await Promise.all([before, fresh, joined]), order).to.deep.equal(['old', 'new', 'new'])
        expect(region.peek('a'), order).to.equal('new')
        expect(loads.calls.length, order).to.equal(3)
      }
    })

    it('reads all of many anew', async () => {
      const { region, loads } = await setUp()
      const read = region.getMany(['a', 'b'], { fresh: true })
      ;(await loads.call(1)).resolve('new a')
      ;(await loads.call(2)).resolve('new b')
      expect([...(await read).values()]).to.deep.equal(['new a', 'new b'])
      expect(region.peek('a')).to.equal('new a')
    })
  })

  describe('with a bound of its own', () => {
    it('is answered from L1 while the last proof is young enough', async () => {
      const { region, loads } = await setUp()
      for (const maxStaleness of [B, 1_000, 0]) {
        expect(await region.get('a', { maxStaleness })).to.equal('old')
        expect([...(await region.getMany(['a'], { maxStaleness })).values()]).to.deep.equal(['old'])
        await clock.tickAsync(700)
      }
      expect(loads.calls.length).to.equal(1)
    })

    it('loads anew where no proof is to be had, and the others are served as before', async () => {
      const { cache, region, loads } = await setUp()
      await cache.close()
      await clock.tickAsync(100)
      const served = ['old', 'new'] as const
      expect(await region.get('a', { maxStaleness: 100 })).to.equal(served[0])
      const read = region.get('a', { maxStaleness: 99 })
      expect(await region.get('a')).to.equal(served[0])
      ;(await loads.call(1)).resolve(served[1])
      expect(await read).to.equal(served[1])
      expect(await region.get('a', { maxStaleness: 99 })).to.equal(served[1])
      expect(loads.calls.length).to.equal(2)
    })

    it('joins no load that began longer ago than that', async () => {
      const { region, loads } = await setUp()
      await region.invalidate('a')
      const slow = region.get('a')
      const old = await loads.call(1)
      await clock.tickAsync(1_000)
      const joining = region.get('a', { maxStaleness: 1_000 })
      const strict = region.get('a', { maxStaleness: 999 })
      ;(await loads.call(2)).resolve('new')
      expect(await strict).to.equal('new')
      old.resolve('old')
      expect(await Promise.all([slow, joining])).to.deep.equal(['old', 'old'])
      expect(region.peek('a')).to.equal('new')
    })
  })

  describe('after a write', () => {
    it('is served from L1 where the message has been applied', async () => {
      const { region, loads } = await setUp()
      const { token } = await region.invalidate('b')
      expect(await region.get('a', { after: token })).to.equal('old')
      expect([...(await region.getMany(['a'], { after: token })).values()]).to.deep.equal(['old'])
      expect(loads.calls.length).to.equal(1)
    })

    it('loads anew for a token of a log that it does not follow', async () => {
      const { region, loads } = await setUp()
      for (const [call, token] of ['zzzzzzzz.1.9f86d081', '1.zz.9f86d081'].entries()) {
        const read = region.get('a', { after: token })
        ;(await loads.call(call + 1)).resolve(`load ${call}`)
        expect(await read).to.equal(`load ${call}`)
      }
    })

    it('loads anew once everything was dropped since, and then serves what it loaded', async () => {
      const { cache, region, loads } = await setUp()
      const { token } = await region.invalidate('b')
      const { token: later } = await cache.clear()
      const read = region.get('a', { after: later })
      ;(await loads.call(1)).resolve('new')
      expect(await read).to.equal('new')
      expect(await region.get('a', { after: later })).to.equal('new')
      expect(await region.get('a', { after: token })).to.equal('new')
      expect(loads.calls.length).to.equal(2)
    })

    it('loads anew in a closed cache for what that has not heard of', async () => {
      const { cache, region, loads } = await setUp()
      const { token } = await region.invalidate('b')
      await cache.close()
      expect(await region.get('a', { after: token })).to.equal('old')
      const read = region.get('a', { after: 'zzzzzzzz.1.9f86d081' })
      ;(await loads.call(1)).resolve('new')
      expect(await read).to.equal('new')
    })
  })

  it('refuses options that are none by rejecting', async () => {
    const { region, loads } = await setUp()
    const bad: readonly (readonly [options: unknown, message: string])[] = [
      [null, 'options of the read must be an object'],
      ['fresh', 'options of the read must be an object'],
      [{ frsh: true }, 'options of the read must be options among after, maxStaleness, fresh'],
      [{ fresh: 'yes' }, 'fresh must be true or false'],
      [{ after: 1 }, 'token must be the token of a receipt'],
      [{ after: '' }, 'token must be the token of a receipt'],
      [{ maxStaleness: -1 }, 'maxStaleness must be a duration from 0 to 5000 ms'],
      [{ maxStaleness: B + 1 }, 'maxStaleness must be a duration from 0 to 5000 ms'],
    ]
    for (const [options, message] of bad) {
      const error = await region.get('a', options as ReadOptions).catch((reason: unknown) => reason)
      expect(error, message).to.be.instanceOf(InvalidArgumentError)
      expect(error).to.have.property('message').that.includes(message)
    }
    expect(await region.get('a', {})).to.equal('old')
    expect(loads.calls.length).to.equal(1)
  })
})
