import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { createCache } from './cache.ts'

describe('What has expired in L1', () => {
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

  function setUp() {
    const cache = closing.add(createCache({ name: 'test' }))
    const brief = cache.region('brief', { load: async (id) => id, ttl: '1s', ttlJitter: 0 })
    const long = cache.region('long', { load: async (id) => id, ttl: '1h' })
    const entries = () => Object.values(cache.stats().regions).map((region) => region.entries)
    return { cache, brief, long, entries }
  }

  it('is let go soon, though nobody reads it, and nothing else is', async () => {
    const { cache, brief, long, entries } = setUp()
    for (let id = 0; id < 100; id += 1) await Promise.all([brief.get(`${id}`), long.get(`${id}`)])
    expect(entries()).to.deep.equal([100, 100])
    await clock.tickAsync(2_000)
    expect(entries()).to.deep.equal([0, 100])
    expect(cache.stats().regions['brief']?.removals).to.include({ expired: 100 })
  })

  it('is looked for a thousand at a time', async () => {
    const { brief, entries } = setUp()
    await brief.getMany(Array.from({ length: 2_500 }, (_, id) => `${id}`))
    await clock.tickAsync(1_000)
    const seen: (number | undefined)[] = []
    for (let second = 0; second < 3; second += 1) {
      seen.push(entries()[0])
      await clock.tickAsync(1_000)
    }
    expect([seen, entries()[0]]).to.deep.equal([[1_500, 500, 0], 0])
  })

  it('is looked for no more by a cache that is closed', async () => {
    const { cache, brief } = setUp()
    await brief.get('a')
    await cache.close()
    expect(clock.countTimers()).to.equal(0)
  })
})
