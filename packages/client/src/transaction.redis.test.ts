import { createPublisher } from '@rescind/bus'
import { Closing, eventually, type RedisServer, rejection, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, createCache } from './cache.ts'
import { ClosedError, PublishTimeoutError, type Region } from './index.ts'

describe('A transaction', () => {
  const closing = new Closing()
  let redis: RedisServer
  let name: string
  let source: string

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(() => {
    name = `transaction-${Math.random().toString(36).slice(2)}`
    source = 'old'
  })
  afterEach(() => closing.all())

  async function open(): Promise<{ cache: Cache; regions: Region<string>[] }> {
    const cache = closing.add(createCache({ name, redis: redis.url, publishTimeout: '300ms' }))
    const load = async (id: string) => `${source} ${id}`
    const regions = ['keyed', 'tagged', 'cleared', 'bumped'].map((region) =>
      cache.region(region, { load, tags: () => (region === 'tagged' ? ['t'] : []) }),
    )
    await cache.start()
    for (const region of regions) await region.get('a')
    return { cache, regions }
  }

  const values = (regions: readonly Region<string>[]) => Promise.all(regions.map((region) => region.get('a')))
  const peeks = (regions: readonly Region<string>[]) => regions.map((region) => region.peek('a'))

  it('drops what it noted in this process before it resolves, and in others by its token', async () => {
    const [writer, reader] = [await open(), await open()]
    const { result, receipt } = await writer.cache.transaction(async (tx) => {
      tx.invalidate({ region: 'keyed', keys: ['a'] })
      tx.invalidateTags(['t'])
      tx.clear(['cleared'])
      tx.bump({ region: 'bumped', versions: { a: 2 } })
      expect(peeks(writer.regions)).to.deep.equal(Array(4).fill('old a'))
      source = 'new'
      return 'committed'
    })
    expect(result).to.equal('committed')
    expect(peeks(writer.regions)).to.deep.equal(Array(4).fill(undefined))
    expect(await values(writer.regions)).to.deep.equal(Array(4).fill('new a'))
    const { token = '' } = receipt ?? {}
    for (const region of reader.regions) expect(await region.get('a', { after: token })).to.equal('new a')
  })

  it('drops nothing where its work throws', async () => {
    const { cache, regions } = await open()
    const rolledBack = new Error('rolled back')
    const work = async (tx: { clearAll(): void }) => {
      tx.clearAll()
      throw rolledBack
    }
    expect(await rejection(cache.transaction(work))).to.equal(rolledBack)
    expect(peeks(regions)).to.deep.equal(Array(4).fill('old a'))
  })

  it('drops what it noted in this process though Redis is gone after the commit, and others hear of it later', async () => {
    const [writer, reader] = [await open(), await open()]
    const failed = writer.cache.transaction((tx) => {
      redis.pause()
      source = 'new'
      tx.invalidate({ region: 'keyed', keys: ['a'] })
      tx.invalidateTags(['t'])
      tx.clear(['cleared'])
      tx.bump({ region: 'bumped', versions: { a: 2 } })
    })
    expect(await rejection(failed)).to.be.instanceOf(PublishTimeoutError)
    expect(peeks(writer.regions)).to.deep.equal(Array(4).fill(undefined))
    redis.resume()
    await eventually(() => expect(peeks(reader.regions)).to.deep.equal(Array(4).fill(undefined)))
    expect(await values(reader.regions)).to.deep.equal(Array(4).fill('new a'))
  })

  it('drops everything of this process where the cache was closed before the commit', async () => {
    const { cache, regions } = await open()
    const failed = cache.transaction(async (tx) => {
      tx.clearAll()
      await cache.close()
    })
    expect(await rejection(failed)).to.be.instanceOf(ClosedError)
    expect(peeks(regions)).to.deep.equal(Array(4).fill(undefined))
  })

  it('of a publisher reaches every cache, and nothing of it waits afterwards', async () => {
    const { regions } = await open()
    const publisher = closing.add(createPublisher({ name, redis: redis.url }))
    const committed = publisher.transaction(async (tx) => {
      source = 'new'
      tx.clearAll()
    })
    await committed
    expect(publisher.queued).to.equal(0)
    await eventually(() => expect(peeks(regions)).to.deep.equal(Array(4).fill(undefined)))
  })
})
