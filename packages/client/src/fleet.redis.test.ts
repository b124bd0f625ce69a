import { setTimeout as pause } from 'node:timers/promises'
import { valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { LoadContext } from './load-context.ts'
import type { Region } from './region.ts'
import type { RegionOptions } from './region-options.ts'

const name = 'test'
const NODES = 4
const READS = 1_000
const LOAD_MS = 30

describe('A thousand reads of a key over four processes', () => {
  const closing = new Closing()
  let server: RedisServer
  /** What the source holds. */
  let source = 1
  let loads = 0

  before(async () => {
    server = await startRedis()
  })

  beforeEach(async () => {
    await server.command('FLUSHALL')
    source = 1
    loads = 0
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  async function setUp(options: Partial<RegionOptions<number>> = {}) {
    const load = async (_: string, { setTtl }: LoadContext) => {
      loads += 1
      const value = source
      // Only the first value is to expire while it is looked at.
      if (value === 1) {
        setTtl(50)
      }
      await pause(LOAD_MS)
      return value
    }
    const caches = Array.from({ length: NODES }, () => closing.add(createCache({ name, redis: server.url })))
    const regions = caches.map((cache) =>
      cache.region<number>('r', { load, leaseWait: '10s', beta: 0, ttlJitter: 0, ...options }),
    )
    await Promise.all(caches.map((cache) => cache.start()))
    return { caches, regions }
  }

  /** The values of all the reads, each of them once. */
  async function readAll(regions: readonly Region<number>[], id: string): Promise<Set<number>> {
    const reads = Array.from({ length: READS }, (_, n) => regions[n % NODES]?.get(id))
    return new Set((await Promise.all(reads)).map(Number))
  }

  /** Every process gets what is kept for 50 ms and no longer. */
  async function expire(regions: readonly Region<number>[], id: string): Promise<void> {
    source = 1
    await Promise.all(regions.map((region) => region.get(id)))
    await noneHolds(regions, id)
    source = 2
    loads = 0
  }

  const noneHolds = (regions: readonly Region<number>[], id: string) =>
    eventually(() => expect(regions.map((region) => region.peek(id))).to.deep.equal(regions.map(() => undefined)))

  it('make one load when it is cold', async () => {
    const { regions } = await setUp()
    source = 2
    for (const id of ['a', 'b', 'c']) {
      loads = 0
      expect(await readAll(regions, id)).to.deep.equal(new Set([2]))
      expect(await readAll(regions, id)).to.deep.equal(new Set([2]))
      expect(loads).to.equal(1)
    }
  })

  it('make one load when it has just expired', async () => {
    const { regions } = await setUp()
    for (const id of ['a', 'b', 'c']) {
      await expire(regions, id)
      await eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', id))).to.equal(0))
      expect(await readAll(regions, id)).to.deep.equal(new Set([2]))
      expect(loads).to.equal(1)
    }
  })

  it('make one load in the background when it is stale but served, and the others get that of L2', async () => {
    // A short TTL: what was refreshed is told from what is stale all the same.
    const { caches, regions } = await setUp({ ttl: 900, staleWhileRevalidate: '1h' })
    for (const [round, id] of ['a', 'b', 'c'].entries()) {
      await expire(regions, id)
      expect(await readAll(regions, id)).to.deep.equal(new Set([1]))
      await eventually(async () => {
        expect(await Promise.all(regions.map((region) => region.get(id)))).to.deep.equal(regions.map(() => 2))
      })
      expect(loads).to.equal(1)
      for (const cache of caches) {
        expect(cache.stats().total.refreshes).to.be.at.least(round + 1)
      }
    }
  })

  it('make one load when it was just invalidated, and none of them gets the old value', async () => {
    const { regions } = await setUp()
    source = 2
    await readAll(regions, 'a')
    for (let write = 1; write <= 5; write += 1) {
      source += 1
      loads = 0
      await regions[0]?.invalidate('a')
      await noneHolds(regions, 'a')
      expect(await readAll(regions, 'a')).to.deep.equal(new Set([source]))
      expect(loads).to.equal(1)
    }
  })
})
