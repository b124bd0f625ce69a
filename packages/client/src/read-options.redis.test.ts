import { createPublisher, leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { RegionOptions } from './region-options.ts'

const name = 'test'

describe('A read, where there is a Redis,', () => {
  const closing = new Closing()
  let server: RedisServer
  /** What the source holds. */
  let source = 0

  before(async () => {
    server = await startRedis()
  })

  beforeEach(async () => {
    source = 0
    await server.command('FLUSHALL')
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(url: string = server.url, options: Partial<RegionOptions<number>> = {}) {
    const cache = closing.add(createCache({ name, redis: url, redisTimeout: 100 }))
    const region = cache.region('r', { load: async () => source, tags: () => ['tag'], ...options })
    await cache.start()
    return { cache, region, stats: () => cache.stats().total }
  }

  for (const l2 of [true, false]) {
    it(`after a write elsewhere sees it, however soon it comes${l2 ? '' : ', without L2'}`, async () => {
      const writer = closing.add(createPublisher({ name, redis: server.url }))
      const { region, stats } = await connect(server.url, { l2 })
      const ways = [
        () => writer.invalidate({ region: 'r', keys: ['a'] }),
        () => writer.invalidateTags(['tag']),
        () => writer.clear(['r']),
      ]
      for (let round = 1; round <= 60; round += 1) {
        await region.get('a')
        source = round
        const { token } = (await ways[round % ways.length]?.()) ?? {}
        const read = round % 2 ? region.get('a', { after: `${token}` }) : region.getMany(['a'], { after: `${token}` })
        const seen = await read
        expect(seen instanceof Map ? seen.get('a') : seen).to.equal(round)
      }
      // It waited for the message as a rule, and did not just load what would be dropped again when it comes.
      expect(stats().loads).to.be.within(61, 90)
    })
  }

  it('after a write is answered by the source where this process is cut off, and others by what it holds', async () => {
    const proxy = closing.add(await startProxy(server))
    const writer = closing.add(createPublisher({ name, redis: server.url }))
    const { cache, region } = await connect(proxy.url)
    expect([await region.get('a'), await region.get('b')]).to.deep.equal([0, 0])
    proxy.stall()
    source = 1
    const { token, position } = await writer.invalidate({ region: 'r', keys: ['a', 'b'] })
    expect(await region.get('a')).to.equal(0)
    expect(await region.get('a', { after: token })).to.equal(1)
    expect(await region.get('a')).to.equal(1)
    expect([...(await region.getMany(['a', 'b'], { after: token })).values()]).to.deep.equal([1, 1])
    proxy.heal()
    await eventually(() => expect(cache.stats().position).to.equal(`${position.epoch}-${position.seq}`))
    expect(await region.get('b')).to.equal(1)
    expect(cache.stats().flushes).to.equal(0)
  })

  it('that is to be fresh passes by L2, and puts what it got there', async () => {
    const one = await connect()
    const other = await connect()
    await one.region.get('a')
    await eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(1))
    source = 1
    expect(await other.region.get('a')).to.equal(0)
    expect(await other.region.get('a', { fresh: true })).to.equal(1)
    await eventually(async () => expect(await server.command('EXISTS', leaseKey(name, 'r', 'a'))).to.equal(0))
    const third = await connect()
    expect(await third.region.get('a')).to.equal(1)
    expect(third.stats()).to.include({ l2Hits: 1, loads: 0 })
  })

  it('with a bound of its own asks for a proof, and then trusts L1 and L2', async () => {
    const { region, stats } = await connect()
    await region.get('a')
    for (let round = 0; round < 20; round += 1) {
      expect(await region.get('a', { maxStaleness: 0 })).to.equal(0)
    }
    expect(stats()).to.include({ loads: 1, l1Hits: 20 })
    const other = await connect()
    await eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(1))
    expect(await other.region.get('a', { maxStaleness: 0 })).to.equal(0)
    expect(other.stats()).to.include({ loads: 0, l2Hits: 1 })
  })

  it('with a bound of its own sees a write that this process has yet to hear of', async () => {
    const writer = closing.add(createPublisher({ name, redis: server.url }))
    const { region } = await connect()
    for (let round = 1; round <= 30; round += 1) {
      await region.get('a')
      source = round
      await (round % 2 ? writer.invalidate({ region: 'r', keys: ['a'] }) : writer.invalidateTags(['tag']))
      expect(await region.get('a', { maxStaleness: 0 })).to.equal(round)
    }
  })

  it('with a bound of its own is answered by the source where no proof is to be had', async () => {
    const proxy = closing.add(await startProxy(server))
    const { region, stats } = await connect(proxy.url)
    await region.get('a')
    proxy.stall()
    source = 1
    expect(await region.get('a')).to.equal(0)
    expect(await region.get('a', { maxStaleness: 0 })).to.equal(1)
    expect(stats().loads).to.equal(2)
  })
})
