import { createPublisher, leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { fill, take } from './fixtures/l2-calls.ts'
import { RegionNode } from './fixtures/region-node.ts'
import { L2Store } from './l2-store.ts'
import type { Lease } from './lease.ts'
import type { RegionOptions } from './region-options.ts'
import { ValueFormat } from './value-format.ts'

const name = 'test'
const main = valueKey(name, 'r', 'a')
const beside = `${main}:schema:2`

describe('Two releases with different schemas, side by side,', () => {
  const closing = new Closing()
  let server: RedisServer
  let source = ''
  let loads = 0

  before(async () => {
    server = await startRedis()
  })

  beforeEach(async () => {
    await server.command('FLUSHALL')
    source = 'first'
    loads = 0
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  /** One more process of the release with this schema. */
  async function join(schemaVersion: number | string, region: Partial<RegionOptions<string>> = {}) {
    const cache = closing.add(createCache({ name, redis: server.url }))
    const load = async () => {
      loads += 1
      return `${source} of schema ${schemaVersion}`
    }
    const fixed = { load, tags: () => ['tag'], schemaVersion, leaseTtl: '60s', ttlJitter: 0 } as const
    const r = cache.region('r', { ...fixed, ...region })
    await cache.start()
    return { cache, r }
  }

  const standing = () => Promise.all([main, beside].map((key) => server.command('EXISTS', key)))
  const leased = () => server.command('EXISTS', leaseKey(name, 'r', 'a'))
  /** That these values stand, and the lease was given up. */
  const settled = (...places: readonly number[]) =>
    eventually(async () => expect([...(await standing()), await leased()]).to.deep.equal([...places, 0]))

  /** A process of each release; both have stored their value, the one of schema 1 first. */
  async function joinBoth(region: Partial<RegionOptions<string>> = {}) {
    const [one, two] = [await join(1, region), await join(2, region)]
    expect(await one.r.get('a')).to.equal('first of schema 1')
    await settled(1, 0)
    expect(await two.r.get('a')).to.equal('first of schema 2')
    await settled(1, 1)
    return { one, two }
  }

  it('each share the values of their own, and do not see those of the other', async () => {
    await joinBoth()
    const [one, two] = [await join('1'), await join('2')]
    for (let round = 0; round < 3; round += 1) {
      expect(await (await join(1)).r.get('a')).to.equal('first of schema 1')
      expect(await (await join(2)).r.get('a')).to.equal('first of schema 2')
    }
    expect(await one.r.get('a')).to.equal('first of schema 1')
    expect(await two.r.get('a')).to.equal('first of schema 2')
    expect(loads).to.equal(2)
    for (const { cache } of [one, two]) {
      expect(cache.stats().total).to.include({ l2Hits: 1, l2Damaged: 0, loads: 0 })
    }
  })

  it('may have schemas of which one begins as the other', async () => {
    for (const schema of ['v', 'v1', 'v11']) {
      expect(await (await join(schema)).r.get('a')).to.equal(`first of schema ${schema}`)
      await eventually(async () => expect(await leased()).to.equal(0))
    }
    for (const schema of ['v', 'v1', 'v11']) {
      expect(await (await join(schema)).r.get('a')).to.equal(`first of schema ${schema}`)
    }
    expect(loads).to.equal(3)
  })

  for (const by of ['one', 'two', 'a publisher'] as const) {
    it(`both lose their value to an invalidation by ${by}, for good`, async () => {
      const { one, two } = await joinBoth()
      const publisher = closing.add(createPublisher({ name, redis: server.url }))
      source = 'second'
      const writers = { one: one.r, two: two.r }
      await (by === 'a publisher' ? publisher.invalidate({ region: 'r', keys: ['a'] }) : writers[by].invalidate('a'))
      // The value of schema 2 is still there, and dead: the one beside which it stood is not.
      expect(await standing()).to.deep.equal([0, 1])
      const later = [await join(1), await join(2)] as const
      expect(await later[0].r.get('a')).to.equal('second of schema 1')
      await settled(1, 1)
      expect(await later[1].r.get('a')).to.equal('second of schema 2')
      await settled(1, 1)
      expect(await (await join(2)).r.get('a')).to.equal('second of schema 2')
      expect(loads).to.equal(4)
    })
  }

  it('agree with the source after each of 100 writes that race with their reads', async () => {
    const readers = await Promise.all([join(1), join(2), join(1), join(2)])
    const publisher = closing.add(createPublisher({ name, redis: server.url }))
    const [one, two] = readers
    const readAll = () => Promise.all(readers.map(({ r }) => r.get('a')))
    for (let round = 1; round <= 100; round += 1) {
      const before = readAll()
      source = `write ${round}`
      const written = [
        () => one.r.invalidate('a'),
        () => two.r.invalidate('a'),
        () => publisher.invalidate({ region: 'r', keys: ['a'] }),
      ][round % 3]?.()
      const during = readAll()
      await Promise.all([written, before, during])
      await eventually(() => {
        expect(readers.map(({ cache }) => cache.stats().invalidationsApplied)).to.deep.equal([
          round,
          round,
          round,
          round,
        ])
      })
      const expected = [1, 2, 1, 2].map((schema) => `write ${round} of schema ${schema}`)
      expect(await readAll()).to.deep.equal(expected)
    }
  })

  it('both lose their value to a tag, and each replaces its own alone', async () => {
    const { one, two } = await joinBoth()
    source = 'second'
    await one.cache.invalidateTags(['tag'])
    await eventually(() => expect(two.cache.stats().invalidationsApplied).to.equal(1))
    expect(await two.r.get('a')).to.equal('second of schema 2')
    await settled(1, 1)
    expect(await (await join(2)).r.get('a')).to.equal('second of schema 2')
    expect(await one.r.get('a')).to.equal('second of schema 1')
    await settled(1, 1)
    expect(await (await join(1)).r.get('a')).to.equal('second of schema 1')
    expect(loads).to.equal(4)
  })

  it('share the lease, so that an invalidation takes it from either: what was read before it is not stored', async () => {
    const one = await join(1)
    await one.r.get('a')
    await settled(1, 0)
    const node = new RegionNode<string>({ name, redis: server.url }, { load: async () => 'loaded', schemaVersion: 2 })
    const { redis } = await closing.add(node).start()
    const format = new ValueFormat<string>({ schemaVersion: '2', compressAbove: false })
    const store = new L2Store({ name, region: 'r', leaseMs: 60_000, format })
    const taken = async () => {
      const { footing } = node.node.bus
      const lease = store.newLease('a')
      return { lease, taken: footing && (await take(store, redis, { lease, footing })) }
    }
    const head = { era: node.node.bus.era, asOf: 1, tags: [], computeMs: 1, graceMs: 0, version: undefined }
    const filled = (lease: Lease, value: string) => fill(store, redis, lease, { ...head, value, ttlMs: 60_000 })

    const lost = await taken()
    expect(lost.taken).to.deep.equal({ type: 'lease' })
    await one.r.invalidate('a')
    expect(await filled(lost.lease, 'old')).to.equal(false)
    await one.r.get('a')
    await settled(1, 0)
    expect(await filled(lost.lease, 'old')).to.equal(false)
    const held = await taken()
    expect(held.taken).to.deep.equal({ type: 'lease' })
    expect(await filled(held.lease, 'new')).to.equal(true)
    expect((await taken()).taken).to.have.nested.property('envelope.value', 'new')
    expect(await standing()).to.deep.equal([1, 1])
  })

  it('have a place each: one that loads while the other has a value takes no reader from it', async () => {
    const held = new HeldLoads<string>()
    const one = await join(1)
    await one.r.get('a')
    await settled(1, 0)
    const two = await join(2, { load: held.load })
    const read = two.r.get('a')
    const load = await held.call(0)
    const other = await join(1)
    expect(await other.r.get('a')).to.equal('first of schema 1')
    expect(other.cache.stats().total).to.include({ l2Hits: 1, leaseWaits: 0 })
    load.resolve('value')
    await read
  })

  it('keep a value as long as its own ttl, but not beyond the one that it stands beside', async () => {
    const { two } = await joinBoth()
    const short = await join(3, { ttl: '30s' })
    await short.r.get('a')
    await eventually(async () => expect(await leased()).to.equal(0))
    const left = (key: string) => server.command('PTTL', key)
    expect(await left(`${main}:schema:3`)).to.be.within(1, 30_000)
    expect(await left(beside)).to.be.within(500_000, 600_000)
    await server.command('UNLINK', main)
    expect(await (await join(2)).r.get('a')).to.equal('first of schema 2')
    expect(loads).to.equal(4)
    // Now it has the first place.
    await eventually(async () => expect(await leased()).to.equal(0))
    await two.r.invalidate('a')
    expect(await standing()).to.deep.equal([0, 1])
  })

  it('do not keep a value in L1 for longer than it has left beside the other', async () => {
    await joinBoth()
    const options = { name, redis: server.url, maxStaleness: 5_000, heartbeat: 2_500 }
    const node = new RegionNode<string>(options, { load: async () => 'loaded', schemaVersion: 2 })
    await closing.add(node).start()
    await server.command('PEXPIRE', beside, '3000')
    expect(await node.region.get('a')).to.equal('first of schema 2')
    node.skip(2_900)
    expect(node.region.peek('a')).to.equal('first of schema 2')
    node.skip(100)
    expect(node.region.peek('a')).to.equal(undefined)
  })

  it('take no notice of what looks like a value of another schema and never expires: it is replaced', async () => {
    await server.command('SET', main, `${'x'.repeat(21)}R\x03\x012`)
    const one = await join(1)
    expect(await one.r.get('a')).to.equal('first of schema 1')
    await settled(1, 0)
    expect(one.cache.stats().total).to.include({ l2Damaged: 1 })
    expect(await (await join(1)).r.get('a')).to.equal('first of schema 1')
    expect(loads).to.equal(1)
  })

  it('replace what is damaged in the place of their own, and count it', async () => {
    await joinBoth()
    for (const [key, schema] of [
      [beside, 2],
      [main, 1],
    ] as const) {
      await server.command('SETRANGE', key, '70', '\xff\xff')
      const reader = await join(schema)
      expect(await reader.r.get('a'), key).to.equal(`first of schema ${schema}`)
      expect(reader.cache.stats().total, key).to.include({ l2Damaged: 1, loads: 1 })
      await settled(1, 1)
    }
  })
})
