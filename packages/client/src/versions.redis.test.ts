import {
  createPublisher,
  floorOf,
  formatPosition,
  leaseKey,
  type Publisher,
  type Receipt,
  valueKey,
} from '@rescind/bus'
import {
  Closing,
  eventually,
  type RedisCluster,
  type RedisServer,
  startRedis,
  startRedisCluster,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, type CacheOptions, createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import type { LoadContext } from './load-context.ts'
import type { RegionOptions } from './region-options.ts'

type Where = Pick<CacheOptions, 'redis' | 'valueServers'>

interface Place {
  /** What every process is given. */
  readonly where: Where
  /** One command on the server of this key. */
  at(key: string, ...command: string[]): Promise<unknown>
}

describe('A region with versions', () => {
  const closing = new Closing()
  let runs = 0
  let name: string

  beforeEach(() => {
    runs += 1
    name = `shop${runs}`
  })
  afterEach(() => closing.all())

  /** A process whose loads are held; the value is its version. */
  async function join(where: Where, options: Partial<RegionOptions<number>> = {}) {
    const loads = new HeldLoads<number>()
    const cache = closing.add(createCache({ name, ...where, maxStaleness: '2s', heartbeat: '50ms' }))
    const region = cache.region('r', { load: loads.load, version: (value: number) => value, ...options })
    expect(await cache.start()).to.equal(true)
    /** A read that is answered by these loads, one after the other. */
    const get = async (...versions: number[]) => {
      const from = loads.calls.length
      const value = region.get('x')
      for (const [n, version] of versions.entries()) (await loads.call(from + n)).resolve(version)
      return value
    }
    return { cache, region, loads, get, figures: () => cache.stats().total }
  }

  const hasApplied = (cache: Cache, { position }: Receipt) =>
    eventually(() => expect(cache.stats().position).to.equal(formatPosition(position)))

  const publisher = (where: Where): Publisher => closing.add(createPublisher({ name, ...where }))

  describe('beside the log', () => {
    let redis: RedisServer
    before(async () => {
      redis = await startRedis()
    })
    after(() => redis.stop())
    const place = (): Place => ({ where: { redis: redis.url }, at: (_, ...command) => redis.command(...command) })
    knowsFloors(place)

    it('does not believe a lagging source either when it has waited for another process in vain', async () => {
      const { where } = place()
      const holder = await join(where)
      await publisher(where).bump({ region: 'r', versions: { x: 7 } })
      const held = holder.region.get('x')
      const holding = await holder.loads.call(0)
      const newcomer = await join(where, { leaseWait: 20 })
      expect(await newcomer.get(6, 7)).to.equal(7)
      expect(newcomer.figures()).to.include({ leaseWaits: 1, outdated: 1 })
      holding.resolve(7)
      expect(await held).to.equal(7)
    })

    it('does not ask for floors if values have none', async () => {
      const { where } = place()
      const looks = async () => {
        const stats = String(await redis.command('INFO', 'commandstats'))
        return Number(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1] ?? 0)
      }
      const counts: number[] = []
      for (const version of [undefined, (value: number) => value]) {
        const options = { l1Ttl: 1, ...(version && { version }) }
        const cache = closing.add(createCache({ name, ...where, heartbeat: '1m', maxStaleness: '2m' }))
        const region = cache.region(`r${counts.length}`, { load: () => 8, ...options })
        await cache.start()
        await region.bump('x', 7)
        const earlier = await looks()
        await region.get('x')
        const value = valueKey(name, region.name, 'x')
        await eventually(async () => expect(await redis.command('EXISTS', value)).to.equal(1))
        counts.push((await looks()) - earlier)
      }
      expect(counts[1]).to.equal((counts[0] ?? 0) + 1)
    })

    it('does not go back when Redis starts over empty', async () => {
      const own = await startRedis()
      try {
        const { region, cache, get, figures } = await join({ redis: own.url })
        await get(7)
        await own.kill()
        await own.restart()
        await eventually(() => expect(cache.stats()).to.include({ flushes: 1, status: 'live' }), { withinMs: 10_000 })
        expect(region.peek('x')).to.equal(undefined)
        expect(await get(6, 7)).to.equal(7)
        expect(figures()).to.include({ outdated: 1, outdatedServed: 0 })
      } finally {
        await closing.all()
        await own.stop()
      }
    })

    it('takes for dead what a release has stored for which values had no versions, but not that there is none', async () => {
      const { where } = place()
      const before = closing.add(createCache({ name, ...where }))
      const old = before.region('r', { load: (id): number | undefined => (id === 'x' ? 6 : undefined) })
      await before.start()
      await old.getMany(['x', 'none'])
      const keys = ['x', 'none'].map((id) => valueKey(name, 'r', id))
      await eventually(async () => expect(await redis.command('EXISTS', ...keys)).to.equal(2))
      const { region, get, figures, loads } = await join(where)
      expect(await get(7)).to.equal(7)
      expect(await region.get('none')).to.equal(undefined)
      expect(figures()).to.include({ l2Hits: 1, loads: 1 })
      // The old release reads what the new one stores.
      const replaced = await region.inspect('x')
      expect(replaced.l1?.version).to.equal(7)
      await eventually(async () => expect((await region.inspect('x')).l2?.version).to.equal(7))
      expect(loads.calls).to.have.lengthOf(1)
    })
  })

  describe('in Redis Cluster', function () {
    this.timeout(60_000)
    let cluster: RedisCluster
    let client: Cluster
    before(async () => {
      cluster = await startRedisCluster(3)
    })
    after(() => cluster.stop())
    beforeEach(() => {
      const { host = '', port = 0 } = cluster.shards[0] ?? {}
      client = new Cluster([{ host, port }], { lazyConnect: true })
    })
    afterEach(() => client.disconnect())
    knowsFloors(() => ({
      where: { redis: client },
      at: async (key, ...command) => (await cluster.shardOf(key)).command(...command),
    }))
  })

  describe('on a server of values', () => {
    let log: RedisServer
    let values: RedisServer
    before(async () => {
      log = await startRedis()
      values = await startRedis()
    })
    after(() => Promise.all([log.stop(), values.stop()]))
    knowsFloors(() => ({
      where: { redis: log.url, valueServers: { values: values.url } },
      at: (_, ...command) => values.command(...command),
    }))
  })

  function knowsFloors(place: () => Place): void {
    const keys = () => {
      const value = valueKey(name, 'r', 'x')
      return { value, lease: leaseKey(name, 'r', 'x'), floor: floorOf(value) }
    }
    const stored = async ({ at }: Place) => (await at(keys().value, 'EXISTS', keys().value)) === 1
    const filled = (its: Place) => eventually(async () => expect(await stored(its)).to.equal(true))

    it('does not believe a source that lags behind a bump from before this process began', async () => {
      const its = place()
      await publisher(its.where).bump({ region: 'r', versions: { x: 2n ** 53n } })
      const { region, figures, get } = await join(its.where, { version: (value) => 2n ** 53n - 7n + BigInt(value) })
      expect(await get(6, 7)).to.equal(7)
      expect(figures()).to.include({ outdated: 1, l2Misses: 1, l2Errors: 0 })
      await filled(its)
      expect((await region.inspect('x')).l2).to.include({ value: 7, version: 2n ** 53n, state: 'current' })
    })

    it('does not believe a source that lags behind what another process has set, where that is not cached', async () => {
      const its = place()
      const save = (_id: string, value: number, { skip }: LoadContext) => {
        skip()
        return value
      }
      const writer = await join(its.where, { save })
      const { get, figures, cache } = await join(its.where)
      await hasApplied(cache, await writer.region.set('x', 7))
      expect(await stored(its)).to.equal(false)
      expect(await get(6, 7)).to.equal(7)
      expect(figures()).to.include({ outdated: 1, l2Errors: 0 })
    })

    it('does not believe a lagging source either when Redis is too full for a lease', async () => {
      const its = place()
      await publisher(its.where).bump({ region: 'r', versions: { x: 7 } })
      const { get, figures, region } = await join(its.where)
      await its.at(keys().value, 'CONFIG', 'SET', 'maxmemory', '1')
      try {
        expect(await get(6, 7)).to.equal(7)
        expect(figures()).to.include({ outdated: 1, l2Misses: 0, l2Errors: 0 })
        expect(region.peek('x')).to.equal(7)
      } finally {
        await its.at(keys().value, 'CONFIG', 'SET', 'maxmemory', '0')
      }
    })

    it('takes what is no floor for none, and what is no lease for that of another, whatever stands there', async () => {
      const its = place()
      const { value, lease, floor } = keys()
      const { region, figures } = await join(its.where, { load: () => 7, leaseWait: 0 })
      const strings = ['', '\0', 'seven', '-8', '8.5', '9'.repeat(20), '9'.repeat(2 ** 20)]
      const foreign = [...strings.map((text) => ['SET', text]), ['RPUSH', 'a'], ['HSET', 'a', 'hash']]
      for (const [command = '', ...args] of foreign) {
        const what = `${command} ${args}`.slice(0, 40)
        await its.at(floor, command, floor, ...args)
        expect(await region.get('x'), what).to.equal(7)
        await filled(its)
        await region.bump('x', 7)
        expect(await its.at(floor, 'GET', floor), what).to.equal('7')
        await region.invalidate('x')
        await its.at(lease, command, lease, ...args)
        expect(await region.get('x'), what).to.equal(7)
        expect(await stored(its), what).to.equal(false)
        await region.invalidate('x')
        expect(await its.at(lease, 'EXISTS', lease), what).to.equal(0)
        await its.at(floor, 'DEL', floor)
      }
      expect(figures()).to.include({ outdated: 0, l2Errors: 0 })
      expect(await its.at(value, 'EXISTS', value)).to.equal(0)
    })

    it('gives the lease back when the source lags for too long, and stores nothing', async () => {
      const its = place()
      await publisher(its.where).bump({ region: 'r', versions: { x: 7 } })
      const { get, figures, region } = await join(its.where)
      expect(await get(6, 6, 6, 6)).to.equal(6)
      expect(figures()).to.include({ outdated: 4, outdatedServed: 1 })
      await eventually(async () => expect(await its.at(keys().lease, 'EXISTS', keys().lease)).to.equal(0))
      expect([await stored(its), region.peek('x')]).to.deep.equal([false, undefined])
    })

    it('keeps the value that a bump says is current, which other processes read anew', async () => {
      const its = place()
      const [one, other] = [await join(its.where), await join(its.where)]
      await one.get(7)
      await filled(its)
      await hasApplied(one.cache, await publisher(its.where).bump({ region: 'r', versions: { x: 7 } }))
      expect(one.region.peek('x')).to.equal(7)
      expect(await stored(its)).to.equal(false)
      expect(await other.get(7)).to.equal(7)
    })

    it('drops everywhere what a bump outdates that comes when a load has landed', async () => {
      const its = place()
      const [one, other] = [await join(its.where), await join(its.where)]
      await one.get(6)
      await filled(its)
      expect(await other.region.get('x')).to.equal(6)
      await one.region.bump('x', 7)
      expect([one.region.peek('x'), await stored(its)]).to.deep.equal([undefined, false])
      await eventually(() => expect(other.region.peek('x')).to.equal(undefined))
      expect(await other.get(6, 7)).to.equal(7)
      expect(await one.region.get('x')).to.equal(7)
    })

    it('stores nowhere what a load brings that a bump has outdated while it was under way', async () => {
      const its = place()
      const [one, other] = [await join(its.where), await join(its.where)]
      const value = one.region.get('x')
      const load = await one.loads.call(0)
      await hasApplied(one.cache, await other.region.bump('x', 7))
      load.resolve(6)
      expect(await value).to.equal(6)
      expect([one.region.peek('x'), await stored(its)]).to.deep.equal([undefined, false])
      expect(await one.get(6, 7)).to.equal(7)
      expect(await other.region.get('x')).to.equal(7)
    })

    it('takes for dead what L2 has that is older than what this process has returned', async () => {
      const its = place()
      const [one, other] = [await join(its.where), await join(its.where)]
      await one.get(5)
      await filled(its)
      // Returned, and cached nowhere.
      const skipped = other.region.get('x', { fresh: true })
      const load = await other.loads.call(0)
      load.skip()
      load.resolve(6)
      expect(await skipped).to.equal(6)
      expect((await other.region.inspect('x')).l2).to.include({ version: 5, state: 'dead' })
      expect(await other.get(5, 6)).to.equal(6)
      expect((await one.region.inspect('x')).l1?.version).to.equal(5)
      await eventually(async () => expect((await one.region.inspect('x')).l2?.version).to.equal(6))
    })

    it('does not go back behind what it has found in L2, though it had no room for it', async () => {
      const its = place()
      const one = await join(its.where)
      await one.get(6)
      await filled(its)
      const other = await join(its.where, { maxCost: 1, cost: () => 2 })
      expect([await other.get(), other.region.peek('x')]).to.deep.equal([6, undefined])
      await its.at(keys().value, 'DEL', keys().value)
      expect(await other.get(5, 6)).to.equal(6)
      expect(other.figures()).to.include({ outdated: 1, l2Hits: 1 })
    })

    it('does not put an older value into the place of one in L2 that a tag has killed', async () => {
      const its = place()
      const tags = () => ['t']
      const one = await join(its.where, { tags })
      await one.get(6)
      await filled(its)
      await one.cache.invalidateTags(['t'])
      const other = await join(its.where, { tags })
      expect(await other.get(5, 6)).to.equal(6)
      expect(other.figures()).to.include({ outdated: 1, l2Hits: 0 })
    })

    it('does not put an older value into the place of that in L2, though this process has never seen it', async () => {
      const its = place()
      const one = await join(its.where)
      await one.get(6)
      await filled(its)
      const other = await join(its.where)
      const fresh = other.region.get('x', { fresh: true })
      for (const n of [0, 1, 2, 3]) (await other.loads.call(n)).resolve(5)
      expect(await fresh).to.equal(5)
      expect((await other.region.inspect('x')).l2).to.include({ version: 6, state: 'current' })
      expect(await other.region.get('x')).to.equal(6)
    })
  }
})
