import { leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import type { RegionOptions } from './region-options.ts'

const name = 'test'
/** Four of them are more than a mebibyte. */
const LARGE = 'x'.repeat(300 * 1024)
const ids = Array.from({ length: 50 }, (_, n) => `${n}`)

describe('Many reads through L2', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(options: Partial<RegionOptions<string>> = {}, url: string = server.url) {
    const loads = new HeldLoads<string>()
    const cache = closing.add(createCache({ name, redis: url, redisTimeout: '10s', maxStaleness: '60s' }))
    const region = cache.region('r', { load: loads.load, loadMany: loads.loadMany, ...options })
    await cache.start()
    const land = async (value: string) => {
      await eventually(() => expect(loads.calls.length).to.be.above(0))
      for (const { resolve } of loads.calls) {
        resolve(value)
      }
    }
    return { cache, region, loads, land, stats: () => cache.stats().total }
  }

  const count = async (key: typeof valueKey) =>
    Number(await server.command('EXISTS', ...ids.map((id) => key(name, 'r', id))))

  /** How many values Redis has found. */
  async function finds(): Promise<number> {
    const [, calls = '0'] = /cmdstat_pttl:calls=(\d+)/.exec(`${await server.command('INFO', 'commandstats')}`) ?? []
    return Number(calls)
  }

  it('are all stored though together they are more than Redis takes as one argument', async () => {
    await using small = await startRedis({ args: ['--proto-max-bulk-len', '1mb'] })
    const { region, cache } = await connect(
      { loadMany: async (many) => new Map(many.map((id) => [id, LARGE])) },
      small.url,
    )
    try {
      await region.getMany(['0', '1', '2', '3'])
      const keys = ['0', '1', '2', '3'].map((id) => valueKey(name, 'r', id))
      await eventually(async () => expect(await small.command('EXISTS', ...keys)).to.equal(4))
    } finally {
      await cache.close()
    }
  })

  it('ask for all that is missing before they hear of any of it, and so in one round trip', async () => {
    const filler = await connect()
    const filling = filler.region.getMany(ids)
    await filler.land('value')
    await filling
    await eventually(async () => expect(await count(valueKey)).to.equal(ids.length))

    const proxy = closing.add(await startProxy(server))
    const { region, loads, stats } = await connect({}, proxy.url)
    // A proof that is young enough, and the scripts known to Redis.
    await region.get('0')
    proxy.stall('downstream')
    const before = await finds()
    const reading = region.getMany(ids)
    await eventually(async () => expect(await finds()).to.equal(before + ids.length - 1))
    proxy.heal()
    const found = await reading
    expect([...found.keys()]).to.deep.equal(ids)
    expect(new Set(found.values())).to.deep.equal(new Set(['value']))
    expect(loads.calls.length).to.equal(0)
    expect(stats()).to.include({ l2Hits: ids.length, l2Errors: 0 })
  })

  it('load what L2 has not in one call, when they hold the leases of all of it, and fill L2', async () => {
    const { region, loads, land } = await connect()
    const reading = region.getMany(ids)
    await eventually(() => expect(loads.batches.length).to.equal(1))
    expect(loads.batches[0]?.toSorted()).to.deep.equal(ids.toSorted())
    expect(await count(leaseKey)).to.equal(ids.length)
    await land('value')
    expect((await reading).size).to.equal(ids.length)
    await eventually(async () => expect([await count(valueKey), await count(leaseKey)]).to.deep.equal([ids.length, 0]))
  })

  it('are not held up by those that L2 has, and load the others in one call', async () => {
    const filler = await connect()
    const filling = filler.region.getMany(['0', '1'])
    await filler.land('of L2')
    await filling
    await eventually(async () => expect(await count(valueKey)).to.equal(2))
    const { region, loads, land, stats } = await connect()
    const reading = region.getMany(['0', '1', '2', '3'])
    await land('loaded')
    expect([...(await reading).values()]).to.deep.equal(['of L2', 'of L2', 'loaded', 'loaded'])
    expect(loads.batches).to.deep.equal([['2', '3']])
    expect(stats()).to.include({ l2Hits: 2, loads: 2 })
  })

  it('are not held up by one that another process is loading: that is waited for alone', async () => {
    const [one, other] = [await connect(), await connect({ leaseWait: '60s' })]
    const first = one.region.get('0')
    const busy = await one.loads.call(0)
    const reading = other.region.getMany(['0', '1', '2'])
    await eventually(() => expect(other.loads.batches.length).to.equal(1))
    expect(other.loads.batches[0]?.toSorted()).to.deep.equal(['1', '2'])
    await other.land('of the other')
    await eventually(() => expect(other.region.peek('2')).to.equal('of the other'))
    busy.resolve('of one')
    await first
    expect([...(await reading).values()]).to.deep.equal(['of one', 'of the other', 'of the other'])
    expect(other.loads.calls.length).to.equal(2)
  })

  it('load alone what another process has failed to load', async () => {
    const [one, other] = [await connect(), await connect({ leaseWait: '60s' })]
    const first = one.region.get('0').catch(({ message }: Error) => message)
    const busy = await one.loads.call(0)
    const reading = other.region.getMany(['0', '1'])
    ;(await other.loads.call(0)).resolve('with others')
    busy.reject(new Error('the source is down'))
    expect(await first).to.equal('the source is down')
    ;(await other.loads.call(1)).resolve('alone')
    expect([...(await reading).values()]).to.deep.equal(['alone', 'with others'])
    expect(other.loads.batches).to.deep.equal([['1']])
  })

  it('of two processes for the same ids at once load each id once, in whatever order they ask', async () => {
    const nodes = [await connect({ leaseWait: '60s' }), await connect({ leaseWait: '60s' })]
    const reading = Promise.all(nodes.map(({ region }, n) => region.getMany(n ? ids.toReversed() : ids)))
    const loaded = () => nodes.flatMap(({ loads }) => loads.calls)
    await eventually(() => expect(loaded().length).to.equal(ids.length))
    for (const { id, resolve } of loaded()) {
      resolve(`value of ${id}`)
    }
    for (const found of await reading) {
      expect(ids.map((id) => found.get(id))).to.deep.equal(ids.map((id) => `value of ${id}`))
    }
    expect(new Set(loaded().map(({ id }) => id)).size).to.equal(ids.length)
    expect(loaded().length).to.equal(ids.length)
  })

  it('give up the leases of those that failed, and fill L2 with the others', async () => {
    const { region, loads } = await connect({ leaseTtl: '60s' })
    const reading = region.getMany(['0', '1']).catch((error: unknown) => error)
    await loads.call(1)
    for (const { id, resolve, reject } of loads.calls) {
      if (id === '0') {
        reject(new Error('the source is down'))
      } else {
        resolve('value')
      }
    }
    expect(await reading).to.have.property('code', 'RESCIND_READ_MANY')
    await eventually(async () => expect([await count(valueKey), await count(leaseKey)]).to.deep.equal([1, 0]))
  })
})
