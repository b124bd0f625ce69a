import { leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { stub } from 'sinon'
import { createCache } from './cache.ts'
import { STAMP_BYTES } from './envelope.ts'
import { RegionNode } from './fixtures/region-node.ts'
import { L2Store } from './l2-store.ts'
import type { RegionOptions } from './region-options.ts'
import { ValueFormat } from './value-format.ts'

const B = 5_000

describe('A value in L2', () => {
  const closing = new Closing()
  let server: RedisServer
  let name = ''
  let source = ''
  let loads = 0

  before(async () => {
    server = await startRedis()
  })

  beforeEach(async () => {
    await server.command('FLUSHALL')
    name = 'test'
    source = 'first'
    loads = 0
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  const load = async () => {
    loads += 1
    return source
  }

  /** One more process, with the region `r` of the source. */
  async function join(region: Partial<RegionOptions<string>> = {}, options: { readonly maxTags?: number } = {}) {
    const cache = closing.add(createCache({ name, redis: server.url, maxStaleness: B, ...options }))
    const r = cache.region('r', { load, tags: () => ['tag', 'rare'], ...region })
    await cache.start()
    return Object.assign(cache, { r })
  }

  async function joinApart(region: Partial<RegionOptions<string>> = {}) {
    const node = new RegionNode<string>(
      { name, redis: server.url, maxStaleness: B, heartbeat: B / 2 },
      { load, tags: () => ['tag'], ...region },
    )
    return closing.add(await node.start())
  }

  const held = (id = 'a') => server.command('EXISTS', valueKey(name, 'r', id))
  const leased = (id = 'a') => server.command('EXISTS', leaseKey(name, 'r', id))
  const filled = (id = 'a') => eventually(async () => expect([await held(id), await leased(id)]).to.deep.equal([1, 0]))

  it('works with a client whose integers come as strings, since that is for its user and not for the cache', async () => {
    const redis = { host: server.host, port: server.port, stringNumbers: true }
    const readers = await Promise.all(
      [1, 2].map(async () => {
        const cache = closing.add(createCache({ name, redis }))
        const region = cache.region('r', { load })
        await cache.start()
        return { cache, region }
      }),
    )
    for (const { region } of readers) {
      expect(await region.get('a')).to.equal(source)
      await filled()
    }
    expect(readers.map(({ cache }) => cache.stats().total.l2Hits)).to.deep.equal([0, 1])
  })

  it('is shared: the second process does not ask the source', async () => {
    const [a, b] = [await join(), await join()]
    expect(await a.r.get('a')).to.equal('first')
    await filled()
    source = 'not asked'
    expect(await b.r.get('a')).to.equal('first')
    expect(loads).to.equal(1)
    expect(b.stats().total).to.include({ l2Hits: 1, loads: 0 })
    expect(b.r.peek('a')).to.equal('first')
  })

  it('is loaded once for all processes that ask at one time: the others wait for the lease', async () => {
    const caches = await Promise.all([join(), join(), join(), join()])
    const values = await Promise.all(caches.flatMap(({ r }) => [r.get('a'), r.get('a')]))
    expect(new Set(values)).to.deep.equal(new Set(['first']))
    expect(loads).to.equal(1)
  })

  it('is not shared by a region without L2', async () => {
    const [a, b] = [await join({ l2: false }), await join()]
    await a.r.get('a')
    expect(await held()).to.equal(0)
    await b.r.get('a')
    await filled()
    await a.r.get('b')
    expect(loads).to.equal(3)
  })

  it('survives every id that is accepted, and is invalidated under it', async () => {
    const [a, b] = [await join({ load: async (id) => `value of ${id}` }), await join()]
    const ids = [
      '',
      ' ',
      '{',
      '}',
      '{}',
      'a{b}c',
      '%',
      '%7B',
      '%25',
      ':lease',
      'ключ',
      '\u{1F511}',
      '\0',
      'x'.repeat(1024),
    ]
    for (const id of ids) {
      await a.r.get(id)
      await filled(id)
    }
    expect((await b.r.getMany(ids)).size).to.equal(ids.length)
    expect([...(await b.r.getMany(ids))]).to.deep.equal(ids.map((id) => [id, `value of ${id}`]))
    expect(b.stats().total).to.include({ l2Hits: ids.length, loads: 0 })
    await a.r.invalidate(ids)
    for (const id of ids) {
      expect(await held(id), id).to.equal(0)
    }
    await eventually(() => expect(ids.map((id) => b.r.peek(id))).to.deep.equal(ids.map(() => undefined)))
  })

  it('keeps null, undefined and falsy values apart, and that there is none no longer than notFoundTtl', async () => {
    const values: Readonly<Record<string, unknown>> = {
      null: null,
      undefined: undefined,
      empty: '',
      zero: 0,
      no: false,
    }
    const region: RegionOptions<unknown> = { load: async (id) => values[id], notFoundTtl: '2s', ttlJitter: 0 }
    const both = [0, 1].map(() => closing.add(createCache({ name, redis: server.url })))
    const [first, second] = both.map((cache) => cache.region('r', region))
    for (const id of Object.keys(values)) {
      await first?.get(id)
      await filled(id)
      expect(await second?.get(id), id).to.equal(values[id])
    }
    expect(both[1]?.stats().total).to.include({ l2Hits: 5, loads: 0 })
    expect(await server.command('PTTL', valueKey(name, 'r', 'null'))).to.be.within(1, 2_000)
    expect(await server.command('PTTL', valueKey(name, 'r', 'zero'))).to.be.within(500_000, 600_000)
  })

  it('is not kept in L1 for longer than it has left', async () => {
    const [a, b] = [await join({ ttl: 100_000 }), await joinApart()]
    await a.r.get('a')
    await filled()
    await server.command('PEXPIRE', valueKey(name, 'r', 'a'), '3000')
    await b.region.get('a')
    b.skip(2_900)
    expect(b.region.peek('a')).to.equal('first')
    b.skip(100)
    expect(b.region.peek('a')).to.equal(undefined)
  })

  it('is dead for all after a message with one of its tags, even for a process that joined after the message', async () => {
    const a = await join()
    await a.r.get('a')
    await filled()
    const before = await join()
    await a.invalidateTags(['rare'])
    const later = await join()
    source = 'second'
    await eventually(() => expect(before.stats().invalidationsApplied).to.equal(1))
    expect(await later.r.get('a')).to.equal('second')
    expect(await before.r.get('a')).to.equal('second')
    expect(await a.r.get('a')).to.equal('second')
    expect(loads).to.equal(2)
  })

  it('is alive for a process that joined later and asked Redis for markers it does not know', async () => {
    const a = await join()
    await a.r.get('a')
    await filled()
    await a.invalidateTags(['unrelated'])
    const later = await join()
    expect(await later.r.get('a')).to.equal('first')
    expect(later.stats().total).to.include({ l2Hits: 1, loads: 0 })
  })

  it('is dead when the marker of its tag was let go, even if the tag has become known by another value since', async () => {
    const a = await join({}, { maxTags: 16 })
    await a.r.get('a')
    await filled()
    await a.invalidateTags(['rare'])
    for (let n = 0; n < 4; n += 1) {
      await a.invalidateTags(Array.from({ length: 8 }, (_, index) => `tag ${n} ${index}`))
    }
    expect(await server.command('ZSCORE', `{${name}}:tags`, 't:rare')).to.equal(null)
    await a.r.get('b')
    await filled('b')
    await a.invalidateTags(['unrelated'])
    const later = await join({}, { maxTags: 16 })
    source = 'second'
    expect(await later.r.get('b')).to.equal('first')
    expect(await later.r.get('a')).to.equal('second')
  })

  it('is dead for a process that does not know its tags and gets no answer', async () => {
    const a = await join()
    await a.r.get('a')
    await filled()
    await a.invalidateTags(['unrelated'])
    const b = await joinApart()
    const { session } = b.node.bus
    const asked = session && stub(session, 'markers').resolves(undefined)
    source = 'second'
    expect(await b.region.get('a')).to.equal('second')
    expect(asked?.callCount).to.equal(1)
  })

  /** A process that has to ask Redis about the tags of `a`, and asks what comes meanwhile first. */
  async function joinAsking(meanwhile: (node: RegionNode<string>) => Promise<unknown>) {
    const a = await join()
    await a.r.get('a')
    await filled()
    await a.invalidateTags(['unrelated'])
    const b = await joinApart()
    const { session } = b.node.bus
    if (!session) {
      throw new Error('Not connected')
    }
    const { markers } = session
    stub(session, 'markers').callsFake(async (query) => {
      await meanwhile(b)
      return markers.call(session, query)
    })
    source = 'second'
    return { a, b }
  }

  const applied = (node: RegionNode<string>, count: number) =>
    eventually(() => expect(node.node.counters.invalidations).to.equal(count))

  it('is not cached when its key was invalidated while its tags were asked for', async () => {
    const { a, b } = await joinAsking(async (node) => {
      await a.r.invalidate('a')
      await applied(node, 1)
    })
    expect(await b.region.get('a')).to.equal('first')
    expect(b.region.peek('a')).to.equal(undefined)
    expect(await b.region.get('a')).to.equal('second')
  })

  it('is dead when its tag was invalidated while its tags were asked for', async () => {
    const { a, b } = await joinAsking(async (node) => {
      await a.invalidateTags(['tag'])
      await applied(node, 1)
    })
    expect(await b.region.get('a')).to.equal('second')
    expect(b.region.peek('a')).to.equal('second')
  })

  it('is not for a reader who joined when the proof that it rests on was older than B', async () => {
    let late: Promise<string> | undefined
    const { b } = await joinAsking(async (node) => {
      stub(node.node.bus, 'prove').resolves(false)
      node.skip(2_000)
      late = node.region.get('a')
    })
    b.skip(B - 1_000)
    expect(await b.region.get('a')).to.equal('first')
    expect(await late).to.equal('second')
    expect(b.region.stats).to.include({ coalesced: 1, l2Hits: 1, loads: 1 })
  })

  it('is dead in another epoch, since the log that could tell of its tags is gone', async () => {
    const a = await join()
    await a.r.get('a')
    await filled()
    await a.close()
    await server.command('DEL', `{${name}}:log`)
    source = 'second'
    const later = await join()
    expect(await later.r.get('a')).to.equal('second')
    await eventually(async () => {
      const other = await join()
      expect(await other.r.get('a')).to.equal('second')
      expect(other.stats().total.l2Hits).to.equal(1)
    })
  })

  it('keeps its own asOf in L1 when the reader has applied more: the minimum of both', async () => {
    const a = await join()
    await a.r.get('a')
    await filled()
    const b = await join()
    await b.invalidateTags(['the first marker'])
    await b.r.get('a')
    await b.r.get('loaded here')
    expect(b.stats().total).to.include({ l2Hits: 1, loads: 1 })
    // Drops the first marker from the table of b: below its position b can no longer tell which tags are dead.
    await b.invalidateTags(Array.from({ length: 10_000 }, (_, n) => `tag ${n}`))
    expect(b.r.peek('loaded here')).to.equal('first')
    expect(b.r.peek('a')).to.equal(undefined)
  })

  it('is only as fresh as what the reader has heard: it is distrusted B after the last proof, not after the read', async () => {
    const [a, b] = [await join(), await joinApart()]
    await a.r.get('a')
    await filled()
    b.skip(B - 1_000)
    expect(await b.region.get('a')).to.equal('first')
    expect(b.region.stats.l2Hits).to.equal(1)
    stub(b.node.bus, 'prove').resolves(false)
    await b.region.get('loaded')
    expect([b.region.peek('a'), b.region.peek('loaded')]).to.deep.equal(['first', 'first'])
    b.skip(1_500)
    expect([b.region.peek('a'), b.region.peek('loaded')]).to.deep.equal([undefined, 'first'])
  })

  it('is not used by a process that has no proof younger than B and gets none: it asks the source', async () => {
    const [a, b] = [await join(), await joinApart()]
    await a.r.get('a')
    await filled()
    const prove = stub(b.node.bus, 'prove').resolves(false)
    b.skip(B + 100)
    source = 'second'
    expect(await b.region.get('a')).to.equal('second')
    expect(prove.callCount).to.equal(1)
    expect(b.region.stats).to.include({ l2Hits: 0, loads: 1 })
    prove.restore()
  })

  it('is used by a process that slept, after it has asked for a proof', async () => {
    const [a, b] = [await join(), await joinApart()]
    await a.r.get('a')
    await filled()
    b.skip(B * 10)
    expect(await b.region.get('a')).to.equal('first')
    expect(b.region.stats).to.include({ l2Hits: 1, loads: 0 })
  })

  it('that is dead is replaced under one lease, by one load for all', async () => {
    const caches = await Promise.all([join(), join(), join()])
    await caches[0].r.get('a')
    await filled()
    await caches[1].invalidateTags(['tag'])
    await eventually(() => expect(caches.map((c) => c.stats().invalidationsApplied)).to.deep.equal([1, 1, 1]))
    source = 'second'
    const values = await Promise.all(caches.map(({ r }) => r.get('a')))
    expect(values).to.deep.equal(['second', 'second', 'second'])
    expect(loads).to.equal(2)
    await filled()
    expect(await (await join()).r.get('a')).to.equal('second')
    expect(loads).to.equal(2)
  })

  it('that is dead is looked for once more, however long that took, and then as long as another lease is waited for', async () => {
    for (const [leaseWait, looks] of [
      [0, 2],
      ['60s', 4],
    ] as const) {
      const { r } = await join({ leaseWait })
      const dead: string[] = []
      const takes = stub(L2Store.prototype, 'take').callsFake((_redis, take) => {
        dead.push(take.deadStamp)
        const stamp = `${dead.length}`.padStart(STAMP_BYTES, '0')
        const found = { type: 'value', stamp, envelope: undefined, leftMs: 1_000 } as const
        setImmediate(() => take.taken(dead.length < 4 ? found : { type: 'lease' }))
      })
      try {
        expect(await r.get('a')).to.equal('first')
      } finally {
        takes.restore()
      }
      expect(dead.map(Number)).to.deep.equal(Array.from({ length: looks }, (_, n) => n))
    }
  })

  it('that is none of ours is a miss and is replaced, whatever stands there', async () => {
    const key = valueKey(name, 'r', 'a')
    const head = { era: '1-other', asOf: 2 ** 52, tags: [], computeMs: 0, graceMs: 0, version: undefined }
    const format = new ValueFormat<string>({ schemaVersion: '1', compressAbove: false })
    const envelope = await format.encode({ stamp: 'x'.repeat(21), ...head, value: 'foreign' })
    const strings = ['', 'x', 'garbage that is longer than a stamp', '\x00'.repeat(300)]
    const hex = envelope.toString('hex')
    const unhex = "string.gsub(ARGV[1], '..', function(digits) return string.char(tonumber(digits, 16)) end)"
    const set = (digits: string, ...expiry: string[]) => [
      ...['EVAL', `return redis.call('SET', KEYS[1], (${unhex}), unpack(ARGV, 2))`, '1', key, digits],
      ...expiry,
    ]
    const sound = set(hex, 'PX', '60000')
    const damaged = [
      ...strings.map((bytes) => ['SET', key, bytes, 'PX', '60000']),
      set(hex.slice(0, -6), 'PX', '60000'),
      set(`${hex.slice(0, -2)}00`, 'PX', '60000'),
      set(hex),
      ['SET', key, 'for ever'],
      ['RPUSH', key, 'a', 'list'],
      ['HSET', key, 'a', 'hash'],
    ]
    for (const [n, command] of [...damaged, sound].entries()) {
      await server.command('FLUSHALL')
      const a = await join({ leaseWait: 0 })
      await server.command(...command)
      loads = 0
      expect(await a.r.get('a'), command.join(' ')).to.equal('first')
      expect(a.stats().total, command.join(' ')).to.include({ l2Damaged: n < damaged.length ? 1 : 0, l2Errors: 0 })
      await filled()
      const b = await join()
      expect(await b.r.get('a'), command.join(' ')).to.equal('first')
      expect(b.stats().total.l2Damaged).to.equal(0)
      expect(loads, command.join(' ')).to.equal(1)
    }
  })
})
