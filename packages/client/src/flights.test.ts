import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { LoadTimeoutError } from './errors.ts'
import { HeldLoads } from './fixtures/held-loads.ts'

const B = 5_000

describe('A flight', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    })
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  function setUp(options: { readonly loadTimeout?: number; readonly ttl?: number } = {}) {
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name: 'test', maxStaleness: B }))
    const region = cache.region('r', { load: loads.load, ...options })
    return { cache, region, loads }
  }

  it('is shared by all who ask for the key while it is under way, so the source is asked once', async () => {
    const { cache, region, loads } = setUp()
    const reads = Promise.all(Array.from({ length: 100 }, () => region.get('a')))
    ;(await loads.call(0)).resolve('value')
    expect(new Set(await reads)).to.deep.equal(new Set(['value']))
    expect(loads.calls.length).to.equal(1)
    expect(cache.stats().total).to.include({ loads: 1, coalesced: 99, l1Hits: 0 })
    expect(await region.get('a')).to.equal('value')
    expect(cache.stats().total.l1Hits).to.equal(1)
  })

  it('is not shared between keys, nor between regions with the same key', async () => {
    const { cache, region, loads } = setUp()
    const other = cache.region('other', { load: async () => 'of another region' })
    const reads = [region.get('a'), region.get('b')]
    ;(await loads.call(1)).resolve('b')
    ;(await loads.call(0)).resolve('a')
    expect(await Promise.all(reads)).to.deep.equal(['a', 'b'])
    expect(await other.get('a')).to.equal('of another region')
  })

  it('gives its error to all who joined and caches nothing, so the next read asks the source again', async () => {
    const { cache, region, loads } = setUp()
    const reads = Promise.allSettled([region.get('a'), region.get('a')])
    const error = new Error('the source is down')
    ;(await loads.call(0)).reject(error)
    expect(await reads).to.deep.equal([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ])
    const again = region.get('a')
    ;(await loads.call(1)).resolve('value')
    expect(await again).to.equal('value')
    expect(cache.stats().total).to.include({ loads: 2, loadErrors: 1 })
  })

  it('rejects for a loader that throws before it returns a promise', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region<string>('r', {
      load: () => {
        throw new RangeError('at once')
      },
    })
    expect(await region.get('a').catch((error: unknown) => error)).to.be.instanceOf(RangeError)
  })

  it('ends after loadTimeout and aborts the signal, and what the loader still does changes nothing', async () => {
    const { region, loads } = setUp({ loadTimeout: 1_000 })
    for (const late of ['resolve', 'reject'] as const) {
      const read = region.get(late).catch((error: unknown) => error)
      const load = await loads.call(loads.calls.length)
      await clock.tickAsync(999)
      expect(load.signal.aborted).to.equal(false)
      await clock.tickAsync(1)
      expect(load.signal.aborted).to.equal(true)
      expect(await read)
        .to.be.instanceOf(LoadTimeoutError)
        .that.includes({ code: 'RESCIND_LOAD_TIMEOUT', region: 'r' })
        .that.deep.includes({ ids: [late] })
      expect(load.signal.reason).to.equal(await read)
      if (late === 'resolve') {
        load.resolve('late')
      } else {
        load.reject(new Error('late'))
      }
      await clock.tickAsync(1)
      expect(region.peek(late)).to.equal(undefined)
    }
  })

  it('does not ask for the tags of what comes after loadTimeout', async () => {
    const loads = new HeldLoads<string>()
    const tagged: string[] = []
    const tags = (value: string) => {
      tagged.push(value)
      return []
    }
    const region = closing
      .add(createCache({ name: 'test' }))
      .region('r', { load: loads.load, loadTimeout: 1_000, tags })
    const late = region.get('a').catch((error: unknown) => error)
    const load = await loads.call(0)
    await clock.tickAsync(1_000)
    expect(await late).to.be.instanceOf(LoadTimeoutError)
    load.resolve('late')
    const next = region.get('a')
    ;(await loads.call(1)).resolve('in time')
    expect(await next).to.equal('in time')
    expect(tagged).to.deep.equal(['in time'])
  })

  it('leaves no timer behind once its loader has answered', async () => {
    const { cache, region, loads } = setUp()
    await cache.start()
    const before = clock.countTimers()
    const read = region.get('a')
    ;(await loads.call(0)).resolve('value')
    await read
    await clock.tickAsync(0)
    expect(clock.countTimers()).to.equal(before)
  })

  it('may be joined for B and no longer, since what it brings may be older than the bound', async () => {
    const { region, loads } = setUp({ loadTimeout: 60_000 })
    const first = region.get('a')
    const old = await loads.call(0)
    await clock.tickAsync(B)
    const joined = region.get('a')
    await clock.tickAsync(1)
    expect(loads.calls.length).to.equal(1)
    const late = region.get('a')
    const fresh = await loads.call(1)
    old.resolve('old')
    expect(await Promise.all([first, joined])).to.deep.equal(['old', 'old'])
    fresh.resolve('fresh')
    expect(await late).to.equal('fresh')
  })

  it('that was replaced is not cached, whichever of the two lands first', async () => {
    for (const order of ['old first', 'new first']) {
      const { region, loads } = setUp({ loadTimeout: 60_000 })
      const first = region.get('a')
      const old = await loads.call(0)
      await clock.tickAsync(B + 1)
      const second = region.get('a')
      const fresh = await loads.call(1)
      if (order === 'old first') {
        old.resolve('old')
        await first
        expect(region.peek('a'), order).to.equal(undefined)
        fresh.resolve('fresh')
        await second
      } else {
        fresh.resolve('fresh')
        await second
        old.resolve('old')
        await first
      }
      expect(region.peek('a'), order).to.equal('fresh')
    }
  })

  it('is trusted from when its load started, not from when it landed', async () => {
    const { cache, region, loads } = setUp({ loadTimeout: 60_000 })
    await cache.start()
    await cache.close()
    const read = region.get('a')
    const load = await loads.call(0)
    await clock.tickAsync(B - 1)
    load.resolve('value')
    expect(await read).to.equal('value')
    await clock.tickAsync(1)
    expect(region.peek('a')).to.equal('value')
    await clock.tickAsync(1)
    expect(region.peek('a')).to.equal(undefined)
  })
})
