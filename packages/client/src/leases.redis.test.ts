import { busNames, leaseKey, type RedisCommands, type Tail, valueKey } from '@rescind/bus'
import {
  Closing,
  caughtUp,
  eventually,
  PROMPT_SYNC,
  type RedisServer,
  startProxy,
  startRedis,
  startReplica,
} from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { spy } from 'sinon'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { HeldSaves } from './fixtures/held-saves.ts'
import { fill, release, take } from './fixtures/l2-calls.ts'
import { RegionNode } from './fixtures/region-node.ts'

import { L2Store } from './l2-store.ts'
import { type Lease, NO_FOOTING } from './lease.ts'

import type { RegionOptions } from './region-options.ts'
import { ValueFormat } from './value-format.ts'

const name = 'test'
const content = {
  era: '1-server',
  asOf: 1,
  tags: [],
  computeMs: 1,
  graceMs: 0,
  version: undefined,
  value: 'value',
}
class Address {}
const format = new ValueFormat<string>({ schemaVersion: '1', compressAbove: false })

describe('A lease', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis({ args: PROMPT_SYNC })
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(() => closing.all())

  after(() => server.stop())

  async function connect(region: Partial<RegionOptions<string>> = {}, url: string = server.url) {
    const options = { load: async () => 'loaded', leaseTtl: '60s', ...region } as const
    return closing.add(await new RegionNode<string>({ name, redis: url, redisTimeout: 100 }, options).start())
  }

  /** What a member goes by that has applied all there is. */
  const footing = async (): Promise<Tail> => {
    const fields = await server.command('HMGET', busNames(name).meta, 'epoch', 'seq', 'chain')
    const [epoch, seq, chain] = Array.isArray(fields) ? fields.map(String) : []
    return { position: { epoch: Number(epoch), seq: Number(seq) }, chain: chain ?? '' }
  }

  /** As another process would: takes the lease of `a`, which is to be free. */
  async function takeElsewhere(
    redis: RedisCommands,
    leaseMs: number,
  ): Promise<{ store: L2Store<string>; lease: Lease }> {
    const store = new L2Store({ name, region: 'r', leaseMs, format })
    const lease = store.newLease('a')
    expect(await take(store, redis, { lease, footing: await footing() })).to.deep.equal({ type: 'lease' })
    return { store, lease }
  }

  /** What a connection would run there. */
  const commandsOf = (other: RedisServer): RedisCommands => ({
    sharded: false,
    run: async (script, keys, args) => {
      const given = [`${keys.length}`, ...keys, ...args.map((arg) => `${arg}`)]
      const reply = await other.command('EVAL', script.source, ...given)
      return typeof reply === 'number' ? reply : Buffer.from(`${reply}`)
    },
  })

  const value = () => server.command('EXISTS', valueKey(name, 'r', 'a'))
  const leases = () => server.command('EXISTS', leaseKey(name, 'r', 'a'))

  it('is granted to one, and only that one may fill', async () => {
    const { redis } = await connect()
    const { store, lease } = await takeElsewhere(redis, 60_000)
    const other = store.newLease('a')
    expect(await take(store, redis, { lease: other, footing: await footing() })).to.deep.equal({ type: 'busy' })
    expect(await fill(store, redis, other, { ...content, ttlMs: 1_000 })).to.equal(false)
    await release(store, redis, other)
    expect([await value(), await leases()]).to.deep.equal([0, 1])
    expect(await fill(store, redis, lease, { ...content, ttlMs: 1_000 })).to.equal(true)
    expect(await take(store, redis, { lease: other, footing: await footing() })).to.deep.include({
      type: 'value',
      envelope: { stamp: lease.token, ...content },
    })
    expect(await fill(store, redis, lease, { ...content, ttlMs: 1_000 }), 'twice').to.equal(false)
  })

  it('is not to be had of a replica: a connection that ended up there is in the wrong place', async () => {
    const { redis } = await connect()
    await using replica = await startReplica(server)
    // A first replica is a new incarnation, and a new epoch.
    await eventually(async () => {
      await caughtUp(server, replica)
      const store = new L2Store({ name, region: 'r', leaseMs: 60_000, format })
      const there = commandsOf(replica)
      expect(await take(store, there, { lease: store.newLease('a'), footing: await footing() })).to.deep.equal({
        type: 'elsewhere',
      })
      expect(await take(store, redis, { lease: store.newLease('a'), footing: await footing() })).to.deep.equal({
        type: 'lease',
      })
    })
  })

  it('is not to be had of a server that lacks what this process has applied, nor is a value', async () => {
    const { node, region, redis } = await connect()
    await using replica = await startReplica(server)
    await caughtUp(server, replica)
    // A first replica is a new incarnation, and a new epoch.
    await node.bus.prove(node.clock(), 5_000)
    expect(await region.get('a')).to.equal('loaded')
    await eventually(async () => expect(await value()).to.equal(1))
    const before = await region.invalidate('b')
    await caughtUp(server, replica)
    await replica.command('REPLICAOF', 'NO', 'ONE')
    const after = await region.invalidate('a')
    const store = new L2Store({ name, region: 'r', leaseMs: 60_000, format })
    const taken = (on: RedisCommands, id: string, known: Tail) =>
      take(store, on, { lease: store.newLease(id), footing: known })
    const there = commandsOf(replica)
    for (const id of ['a', 'b']) expect(await taken(there, id, after), id).to.deep.equal({ type: 'elsewhere' })
    const together = await Promise.all([taken(there, 'b', before), taken(there, 'c', after)])
    expect(together, 'in one turn, in which the message came').to.deep.equal(Array(2).fill({ type: 'elsewhere' }))
    expect(await replica.command('EXISTS', leaseKey(name, 'r', 'b'))).to.equal(0)
    expect(await taken(there, 'b', before)).to.deep.equal({ type: 'lease' })
    expect(await taken(redis, 'b', before), 'of the log, though not its last').to.deep.equal({ type: 'lease' })
  })

  it('is for the value with the stamp that was judged dead, and for no later one', async () => {
    const { redis } = await connect()
    const { store, lease } = await takeElsewhere(redis, 60_000)
    await fill(store, redis, lease, { ...content, ttlMs: 60_000 })
    const [second, third] = [store.newLease('a'), store.newLease('a')]
    expect(await take(store, redis, { lease: second, footing: await footing(), deadStamp: lease.token })).to.deep.equal(
      { type: 'lease' },
    )
    expect(await take(store, redis, { lease: third, footing: await footing(), deadStamp: lease.token })).to.deep.equal({
      type: 'busy',
    })
    expect(await fill(store, redis, second, { ...content, value: 'newer', ttlMs: 60_000 })).to.equal(true)
    expect(
      await take(store, redis, { lease: third, footing: await footing(), deadStamp: lease.token }),
    ).to.have.nested.property('envelope.value', 'newer')
  })

  it('is lost to an invalidation, so what was read before it is never stored', async () => {
    const { redis, region } = await connect()
    const { store, lease } = await takeElsewhere(redis, 60_000)
    await region.invalidate('a')
    expect(await fill(store, redis, lease, { ...content, ttlMs: 60_000 })).to.equal(false)
    const next = await takeElsewhere(redis, 60_000)
    expect(await fill(store, redis, lease, { ...content, ttlMs: 60_000 }), 'under the lease of another').to.equal(false)
    expect(await fill(next.store, redis, next.lease, { ...content, ttlMs: 60_000 })).to.equal(true)
  })

  it('runs out when its holder has died, and the next one takes over and fills', async () => {
    const { redis, region } = await connect()
    await takeElsewhere(redis, 150)
    expect(await region.get('a')).to.equal('loaded')
    expect(region.stats).to.include({ leaseWaits: 1, loads: 1 })
    await eventually(async () => expect([await value(), await leases()]).to.deep.equal([1, 0]))
  })

  it('is waited for no longer than leaseWait; then the source is asked, for this process alone', async () => {
    for (const leaseWait of [0, 100]) {
      await server.command('FLUSHALL')
      const { redis, region, node } = await connect({ leaseWait })
      const { store, lease } = await takeElsewhere(redis, 60_000)
      const startedAt = performance.now()
      expect(await region.get('a')).to.equal('loaded')
      expect(performance.now() - startedAt).to.be.within(leaseWait - 1, leaseWait + 400)
      await node.errands.drain()
      expect(await value()).to.equal(0)
      expect(await fill(store, redis, lease, { ...content, ttlMs: 1_000 }), 'still the lease of the other').to.equal(
        true,
      )
    }
  })

  it('is given up when the load fails, times out, or is doomed by a tag, so nobody waits for it', async () => {
    const loads = new HeldLoads<string>()
    const { region, node } = await connect({ load: loads.load, loadTimeout: 100, tags: () => ['tag'] })
    const given = () => eventually(async () => expect(await leases()).to.equal(0), { withinMs: 1_000 })

    const failed = region.get('a').catch((error: unknown) => error)
    const failing = await loads.call(0)
    expect(await leases()).to.equal(1)
    failing.reject(new Error('the source is down'))
    expect(await failed).to.have.property('message', 'the source is down')
    await given()

    const late = region.get('a').catch((error: unknown) => error)
    await loads.call(1)
    expect(await late).to.have.property('code', 'RESCIND_LOAD_TIMEOUT')
    await given()

    const doomed = region.get('a')
    const dooming = await loads.call(2)
    await node.invalidateTags(['tag'])
    dooming.resolve('old')
    expect(await doomed).to.equal('old')
    await given()
    expect(await value()).to.equal(0)
  })

  it('is given up when the value would not come back as it is; it is served all the same, and kept by its process alone', async () => {
    const events: CacheEvent[] = []
    const cache = closing.add(createCache({ name, redis: server.url, onEvent: (event) => events.push(event) }))
    const circular: { self?: unknown } = {}
    circular.self = circular
    const values: Readonly<Record<string, unknown>> = {
      symbol: Symbol('none'),
      circular,
      instance: new Address(),
      plain: { b: 1 },
    }
    const region = cache.region('r', { load: async (id) => values[id], leaseTtl: '60s' })
    await cache.start()
    for (const id of Object.keys(values)) {
      expect(await region.get(id)).to.equal(values[id])
      await eventually(async () => expect(await server.command('EXISTS', leaseKey(name, 'r', id))).to.equal(0))
      expect(region.peek(id)).to.equal(values[id])
    }
    const errors = events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
    const refused = 'The value of region r for'
    expect(errors.map(({ message }) => message)).to.deep.equal([
      `${refused} "symbol" is not stored in Redis: value is a symbol; give the region a codec`,
      `${refused} "circular" is not stored in Redis: value.self contains itself; give the region a codec`,
      `${refused} "instance" is not stored in Redis: value is an instance of Address; give the region a codec`,
    ])
    for (const error of errors) {
      expect(error).to.include({ name: 'ValueNotStoredError', code: 'RESCIND_VALUE_NOT_STORED', region: 'r' })
    }
    expect(await server.command('EXISTS', valueKey(name, 'r', 'plain'))).to.equal(1)
  })

  it('is given up when Redis is too full for the value', async () => {
    const { redis } = await connect()
    const { store, lease } = await takeElsewhere(redis, 60_000)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const refused = await fill(store, redis, lease, { ...content, ttlMs: 60_000 }).catch((error: unknown) => error)
      expect(refused).to.have.property('code', 'RESCIND_REDIS_REFUSED')
      expect(String(refused)).to.match(/OOM/)
      expect([await value(), await leases()]).to.deep.equal([0, 0])
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  it('is given up when it was granted after the reader had stopped waiting for Redis', async () => {
    const proxy = closing.add(await startProxy(server))
    const { region, node } = await connect({}, proxy.url)
    proxy.stall('upstream')
    expect(await region.get('a')).to.equal('loaded')
    expect(region.stats).to.include({ l2Errors: 1, loads: 1 })
    proxy.heal()
    await node.errands.drain()
    // The request was held back, not lost, and so may the release be. What was granted and is not given back stays for
    // the sixty seconds of the lease, longer than is waited here.
    await region.invalidate('probe')
    await eventually(async () => expect([await value(), await leases()]).to.deep.equal([0, 0]))
  })

  it('is heard of by each who asks for one, or gives one up, when Redis fails for all of a turn', async () => {
    const down: RedisCommands = { sharded: false, run: () => Promise.reject(new Error('Redis is down')) }
    const store = new L2Store<string>({ name, region: 'r', leaseMs: 60_000, format })
    const heard = ['a', 'b'].flatMap((id) => {
      const lease = store.newLease(id)
      const asked = take(store, down, { lease, footing: NO_FOOTING })
      return [asked, fill(store, down, lease, { ...content, ttlMs: 1_000 }), release(store, down, lease)]
    })
    for (const result of await Promise.allSettled<unknown>(heard)) {
      expect(result).to.have.nested.property('reason.message', 'Redis is down')
    }
  })

  it('is given back by a cache that is closed while it loads, so that nobody waits for it', async () => {
    const loads = new HeldLoads<string>()
    const cache = createCache({ name, redis: server.url })
    const region = cache.region('r', { load: loads.load, leaseTtl: '60s' })
    await cache.start()
    const read = region.get('a')
    const load = await loads.call(0)
    expect(await leases()).to.equal(1)
    await cache.close()
    expect(await leases()).to.equal(0)
    load.resolve('value')
    expect(await read).to.equal('value')
    expect(await value()).to.equal(0)
  })

  it('is given back by a cache that is closed while it saves, too', async () => {
    const saves = new HeldSaves<string>()
    const cache = createCache({ name, redis: server.url })
    const region = cache.region('r', { load: async () => 'loaded', save: saves.save, leaseTtl: '60s' })
    await cache.start()
    const saving = saves.next()
    const set = region.set('a', 'value')
    const save = await saving
    expect(await leases()).to.equal(1)
    const closed = cache.close()
    await eventually(async () => expect(await leases()).to.equal(0))
    save.resolve()
    await Promise.all([set, closed])
    expect(await value()).to.equal(0)
  })

  it('is given up once: when its load or its save is over, there is nothing to give back', async () => {
    const load = async (id: string) => (id === 'none' ? Promise.reject(new Error('the source is down')) : 'loaded')
    const { region, node } = await connect({ load, save: () => undefined })
    await Promise.allSettled([region.get('a'), region.get('none'), region.set('b', 'saved')])
    await node.errands.drain()
    const releases = spy(L2Store.prototype, 'release')
    try {
      node.errands.giveBack()
      expect(releases.callCount).to.equal(0)
    } finally {
      releases.restore()
    }
  })

  it('is settled on a Redis that is slow when the load lands', async () => {
    const loads = new HeldLoads<string>()
    const proxy = closing.add(await startProxy(server))
    const { region, node } = await connect({ load: loads.load }, proxy.url)
    const read = region.get('a')
    const load = await loads.call(0)
    proxy.stall()
    const overdue = node.bus.prove(Number.POSITIVE_INFINITY, 1_000)
    await eventually(() => expect(node.bus.session).to.equal(undefined))
    load.resolve('value')
    await read
    proxy.heal()
    await overdue
    await eventually(async () => expect([await value(), await leases()]).to.deep.equal([1, 0]))
  })
})
