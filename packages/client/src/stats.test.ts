import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'

describe('The figures of a cache', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  function setUp(options: { readonly maxEntries?: number } = {}) {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', { load: async (id) => `value of ${id}`, ...options })
    const figures = () => cache.stats().regions['r'] ?? expect.fail('no such region')
    return { cache, region, figures }
  }

  it('have no rates before anything was asked', () => {
    expect(setUp().figures().hitRates).to.deep.equal({ l1: undefined, l2: undefined })
  })

  it('tell how much of what was asked of L1 it answered', async () => {
    const { region, figures } = setUp()
    await Promise.all([region.get('a'), region.get('a')])
    for (let n = 0; n < 6; n += 1) await region.get('a')
    expect(figures()).to.include({ l1Hits: 6, l1Misses: 2, coalesced: 1, loads: 1 })
    expect(figures().hitRates).to.deep.equal({ l1: 0.75, l2: undefined })
  })

  it('tell what L1 holds, and why it holds the rest no more', async () => {
    const { region, figures } = setUp({ maxEntries: 2 })
    for (const id of ['a', 'b', 'c', 'd']) await region.get(id)
    expect(figures()).to.deep.include({ entries: 2, cost: 2 })
    await region.invalidate('d')
    await region.clear()
    expect(figures()).to.deep.include({ entries: 0, cost: 0, dropped: 1 })
    expect(figures().removals).to.deep.equal({ expired: 0, evicted: 2, invalidated: 1, replaced: 0, cleared: 1 })
  })

  it('tell how long loads took, and time one in 1,024 reads of L1', async () => {
    const { region, figures } = setUp()
    for (let n = 0; n < 3; n += 1) await region.get(`${n}`)
    for (let n = 0; n < 2_048; n += 1) await region.get('0')
    const { l1, l2, load } = figures().latencies
    expect([l1.count, l2.count, load.count]).to.deep.equal([2, 0, 3])
    expect(l1.maxMs).to.be.at.least(l1.p50Ms)
    expect(load.meanMs).to.be.greaterThan(0)
  })

  it('are summed over the regions', async () => {
    const { cache, region } = setUp()
    const other = cache.region('other', { load: async () => 1 })
    await Promise.all([region.get('a'), other.get('a')])
    expect(cache.stats().total).to.include({ loads: 2, l1Misses: 2 })
  })

  it('tell a time-out from other failures of a load', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', {
      load: (id) => (id === 'slow' ? new Promise<string>(() => undefined) : Promise.reject(new Error('no'))),
      loadTimeout: 10,
    })
    await Promise.allSettled([region.get('slow'), region.get('wrong')])
    expect(cache.stats().total).to.include({ loadErrors: 2, loadTimeouts: 1 })
  })
})
