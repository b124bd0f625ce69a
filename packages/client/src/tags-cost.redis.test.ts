import { createPublisher, type Publisher, valueKey } from '@rescind/bus'
import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, createCache } from './cache.ts'

describe('Tags', () => {
  let redis: RedisServer
  let cache: Cache
  let publisher: Publisher

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(async () => {
    await redis.command('FLUSHALL')
    // No beat comes in between.
    cache = createCache({ name: 'test', redis: redis.url, maxStaleness: '2h', heartbeat: '1h' })
    await cache.start()
    publisher = createPublisher({ name: 'test', redis: redis.url })
    await publisher.invalidateTags(['first'])
  })
  afterEach(async () => {
    await publisher.close()
    await cache.close()
  })

  /** What Redis was asked meanwhile: how often each command. */
  async function commandsOf(run: () => Promise<unknown>): Promise<Record<string, number>> {
    await redis.command('CONFIG', 'RESETSTAT')
    await run()
    const stats = String(await redis.command('INFO', 'commandstats'))
    const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, n]) => [name, Number(n)])
    return Object.fromEntries(calls.filter(([name]) => name !== 'config|resetstat'))
  }

  it('of what is in L1 ask nothing of Redis when it is read, also after another tag was invalidated', async () => {
    const load = async (id: string) => id
    const region = cache.region('r', { load, tags: () => ['one', 'two', 'three'] })
    await region.get('a')
    // It is stored after it was returned.
    await eventually(async () => expect(await redis.command('EXISTS', valueKey('test', 'r', 'a'))).to.equal(1))
    const read = async () => {
      for (let n = 0; n < 1_000; n += 1) await region.get('a')
    }
    expect(await commandsOf(read)).to.deep.equal({})
    await publisher.invalidateTags(['other'])
    await eventually(() => expect(cache.stats().invalidationsApplied).to.equal(2))
    expect(await commandsOf(read)).to.deep.equal({})
    expect(region.peek('a')).to.equal('a')
    await publisher.invalidateTags(['two'])
    await eventually(() => expect(region.peek('a')).to.equal(undefined))
  })

  it('cost Redis the same commands when they are invalidated, whatever the number of keys that carry them', async () => {
    const load = async (id: string) => id
    const costs: Record<string, number>[] = []
    for (const keys of [1, 10, 2_000]) {
      const region = cache.region(`r${keys}`, { load, tags: () => [`t${keys}`] })
      const ids = Array.from({ length: keys }, (_, n) => `${n}`)
      await region.getMany(ids)
      await eventually(async () => expect(await redis.command('KEYS', `test:r${keys}:*`)).to.have.lengthOf(keys))
      costs.push(await commandsOf(() => publisher.invalidateTags([`t${keys}`])))
      await eventually(() => expect(ids.filter((id) => region.peek(id) !== undefined)).to.deep.equal([]))
    }
    expect(costs[0]).to.deep.include({ evalsha: 1, xadd: 1, publish: 1 })
    expect(costs).to.deep.equal([costs[0], costs[0], costs[0]])
  })
})
