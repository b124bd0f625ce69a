import { Closing, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { RegionNode } from './fixtures/region-node.ts'
import type { RegionOptions } from './region-options.ts'

describe('Region.inspect', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(options: Partial<RegionOptions<string>> = {}) {
    const region = { load: async (id: string) => `value of ${id}`, ttlJitter: 0, ...options }
    return closing.add(await new RegionNode<string>({ name: 'test', redis: server.url }, region).start())
  }

  it('says that there is nothing, and leaves it so', async () => {
    const { node, region } = await connect()
    const nothing = { id: 'a', l1: undefined, l2: undefined, l2Asked: true, leased: false, underWay: false }
    expect(await region.inspect('a')).to.deep.equal(nothing)
    await node.bus.close()
    expect(await region.inspect('a')).to.deep.equal({ ...nothing, l2Asked: false })
    expect(region.stats).to.include({ l1Hits: 0, l1Misses: 0, l2Misses: 0, loads: 0 })
  })

  it('tells what L1 and L2 hold, and for how long', async () => {
    const options = { ttl: '60s', l1Ttl: '10s', staleIfError: '30s', tags: () => ['tag'] } as const
    const { node, region } = await connect(options)
    await region.get('a')
    await node.errands.drain()
    const before = region.stats
    const { l1, l2, ...rest } = await region.inspect('a')
    expect(region.stats).to.deep.equal(before)
    expect(rest).to.deep.equal({ id: 'a', l2Asked: true, leased: false, underWay: false })
    const common = { value: 'value of a', tags: ['tag'], version: undefined, state: 'current' }
    expect(l1).to.deep.include(common)
    expect(l2).to.deep.include(common)
    expect(l1?.freshMs).to.be.within(9_000, 10_000)
    expect(l1?.leftMs).to.be.within(39_000, 40_000)
    expect(l1?.proofAgeMs).to.be.within(0, 5_000)
    expect(l2?.freshMs).to.be.within(59_000, 60_000)
    expect(l2?.leftMs).to.be.within(89_000, 90_000)
  })

  it('tells a stale value from a current one, and from one that is over or dead', async () => {
    const a = await connect({ ttl: '1s', staleIfError: '60s', tags: () => ['tag'], beta: 0 })
    await a.region.get('a')
    await a.node.errands.drain()
    a.skip(2_000)
    expect((await a.region.inspect('a')).l1?.state).to.equal('stale')
    a.skip(60_000)
    expect((await a.region.inspect('a')).l1?.state).to.equal('expired')
    const b = await connect({ tags: () => ['tag'] })
    await b.node.invalidateTags(['tag'])
    expect((await b.region.inspect('a')).l2?.state).to.equal('dead')
  })

  it('cannot tell of what this process has no proof or no markers for', async () => {
    const a = await connect({ tags: () => ['tag'] })
    await a.region.get('a')
    await a.node.errands.drain()
    a.skip(5_001)
    expect((await a.region.inspect('a')).l1?.state).to.equal('unknown')
    await a.region.invalidate('other')
    const b = await connect({ tags: () => ['tag'] })
    expect((await b.region.inspect('a')).l2?.state).to.equal('unknown')
  })

  it('sees a load under way here, and a lease from anywhere', async () => {
    const loads = new HeldLoads<string>()
    const a = await connect({ load: loads.load })
    const b = await connect()
    const read = a.region.get('a')
    const load = await loads.call(0)
    expect(await a.region.inspect('a')).to.include({ leased: true, underWay: true })
    expect(await b.region.inspect('a')).to.include({ leased: true, underWay: false })
    load.resolve('value')
    await read
    await a.node.errands.drain()
    expect(await b.region.inspect('a')).to.include({ leased: false, underWay: false })
  })

  it('rejects an id that is none, and does without L2 where there is none', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', { load: async () => 'value' })
    await region.get('a')
    expect(await region.inspect('a')).to.deep.include({ l2: undefined, l2Asked: false })
    expect((await region.inspect('a')).l1?.value).to.equal('value')
    expect(String(await region.inspect('\ud800').catch((error: unknown) => error))).to.include('well-formed')
  })
})
