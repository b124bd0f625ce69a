import { once } from 'node:events'
import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { ClosedError, MemoryHub } from './index.ts'

describe('A cache', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  it('starts and closes any number of times, and says each time what it said first', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    expect(cache.stats().status).to.equal('idle')
    expect(await Promise.all([cache.start(), cache.start()])).to.deep.equal([true, true])
    expect(await cache.start()).to.equal(true)
    const [first, second] = await Promise.all([cache.close(), cache.close()])
    expect(first).to.deep.equal({ unsent: [] }).and.to.equal(second)
    expect(await cache.close()).to.equal(first)
    expect(cache.stats().status).to.equal('closed')
    expect(await cache.start()).to.equal(false)
  })

  it('closes without ever having started', async () => {
    expect(await createCache({ name: 'test' }).close()).to.deep.equal({ unsent: [] })
  })

  it('is disposed of as by close', async () => {
    const cache = createCache({ name: 'test' })
    await cache.start()
    await cache[Symbol.asyncDispose]()
    await cache[Symbol.asyncDispose]()
    expect(cache.stats().status).to.equal('closed')
    expect(await cache.close()).to.deep.equal({ unsent: [] })
  })

  it('serves reads after close, from the source and from what it holds', async () => {
    let loads = 0
    const cache = createCache({ name: 'test' })
    const region = cache.region('r', { load: async () => `load ${++loads}` })
    await region.get('a')
    await cache.close()
    expect(await region.get('a')).to.equal('load 1')
    expect(await region.get('b')).to.equal('load 2')
    expect(await region.invalidate('a').catch((error: unknown) => error)).to.be.instanceOf(ClosedError)
    expect(await region.get('a')).to.equal('load 3')
  })

  it('drops keys and tags on all caches of a hub, in the region and on the bus that were named', async () => {
    const hub = new MemoryHub()
    const caches = [0, 1, 2].map(() => closing.add(createCache({ name: 'test', hub })))
    const regions = caches.map((cache) => ({
      one: cache.region('one', { load: async (id) => id, tags: (_, id) => [`tag of ${id}`] }),
      two: cache.region('two', { load: async (id) => id, tags: (_, id) => [`tag of ${id}`] }),
    }))
    for (const { one, two } of regions) {
      await one.getMany(['a', 'b'])
      await two.getMany(['a', 'b'])
    }
    const held = () => regions.map(({ one, two }) => [one.peek('a'), one.peek('b'), two.peek('a'), two.peek('b')])
    const receipt = await regions[0]?.one.invalidate('a')
    expect(receipt?.position).to.deep.equal({ epoch: 1, seq: 1 })
    expect(held()).to.deep.equal(regions.map(() => [undefined, 'b', 'a', 'b']))
    await caches[1]?.invalidateTags(['tag of b', 'tag of nothing'])
    expect(held()).to.deep.equal(regions.map(() => [undefined, undefined, 'a', undefined]))
  })

  it('says in its stats where it is in the log, and adds the regions up', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    expect(cache.stats()).to.include({ position: undefined, proofAgeMs: undefined, queued: 0 })
    const one = cache.region('one', { load: async (id) => id })
    const two = cache.region('two', { load: async () => undefined })
    await Promise.all([one.get('a'), one.get('a'), two.get('a')])
    await one.invalidate('a')
    const stats = cache.stats()
    expect(stats).to.include({ status: 'live', position: '1-1', invalidationsApplied: 1, flushes: 0 })
    expect(stats.proofAgeMs).to.be.within(0, 5_000)
    const { one: first, two: second } = stats.regions
    expect(first).to.include({ loads: 1, coalesced: 1, dropped: 1, entries: 0 })
    expect(second).to.include({ loads: 1, notFound: 1, entries: 1 })
    expect(stats.total).to.include({ loads: 2, coalesced: 1, notFound: 1, dropped: 1 })
  })

  it('tells onEvent what happened before the invalidation resolves', async () => {
    const events: CacheEvent[] = []
    const cache = closing.add(createCache({ name: 'test', onEvent: (event) => events.push(event) }))
    const region = cache.region('r', { load: async (id) => id })
    await cache.start()
    await region.invalidate(['a', 'b'])
    expect(events.at(-1))
      .to.include({ type: 'invalidated', region: 'r' })
      .and.to.deep.include({ keys: ['a', 'b'] })
    await cache.invalidateTags(['tag'])
    expect(events.at(-1))
      .to.include({ type: 'tags-invalidated' })
      .and.to.deep.include({ tags: ['tag'] })
    expect(events.map(({ type }) => type)).to.include.members(['flushed', 'status'])
  })

  it('is not harmed by an onEvent that throws or rejects, and makes a warning of it', async () => {
    const failures = [
      () => {
        throw new Error('thrown')
      },
      async () => {
        throw new Error('rejected')
      },
    ]
    for (const onEvent of failures) {
      const warned = once(process, 'warning')
      const cache = closing.add(createCache({ name: 'test', onEvent }))
      const region = cache.region('r', { load: async (id) => id })
      expect(await cache.start()).to.equal(true)
      expect(await region.get('a')).to.equal('a')
      await region.invalidate('a')
      expect(region.peek('a')).to.equal(undefined)
      const [warning] = await warned
      expect(warning)
        .to.have.property('message')
        .that.matches(/^onEvent threw: (thrown|rejected)$/)
    }
  })
})
