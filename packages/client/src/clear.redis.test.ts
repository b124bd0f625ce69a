import { busNames, createPublisher, type Publisher, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, createCache } from './cache.ts'
import { RegionNode } from './fixtures/region-node.ts'
import type { Region } from './region.ts'

describe('Clearing', () => {
  const closing = new Closing()
  const name = 'test'
  let server: RedisServer
  let publisher: Publisher
  let version = 1

  before(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    await server.command('FLUSHALL')
    version = 1
    publisher = closing.add(createPublisher({ name, redis: server.url }))
  })
  afterEach(() => closing.all())
  after(() => server.stop())

  const load = (id: string) => `${id}${version}`

  async function join(): Promise<{ cache: Cache; r: Region<string>; other: Region<string> }> {
    const cache = closing.add(createCache({ name, redis: server.url }))
    const [r, other] = [cache.region('r', { load }), cache.region('other', { load })]
    expect(await cache.start()).to.equal(true)
    return { cache, r, other }
  }

  /** Reads `a` of both regions, in L1 and L2 of all processes. */
  async function fill(...caches: { r: Region<string>; other: Region<string> }[]): Promise<void> {
    for (const { r, other } of caches) {
      expect([await r.get('a'), await other.get('a')]).to.deep.equal(['a1', 'a1'])
      for (const region of ['r', 'other']) {
        await eventually(async () => expect(await server.command('EXISTS', valueKey(name, region, 'a'))).to.equal(1))
      }
    }
  }

  it('a region kills its values in L1 and L2 of all processes, and those of no other region', async () => {
    const [a, b] = [await join(), await join()]
    await fill(a, b)
    version = 2
    await publisher.clear(['r'])
    await eventually(() => expect([a, b].map(({ r }) => r.peek('a'))).to.deep.equal([undefined, undefined]))
    expect([a, b].map(({ other }) => other.peek('a'))).to.deep.equal(['a1', 'a1'])
    expect([await a.r.get('a'), await b.r.get('a')]).to.deep.equal(['a2', 'a2'])
    expect(a.cache.stats().flushes).to.equal(0)
  })

  it('a region is known to a process that joined later, and asked for once', async () => {
    const a = await join()
    await fill(a)
    version = 2
    await publisher.clear(['r', 'elsewhere'])
    // The value of the cleared region still lies in Redis.
    expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(1)
    const late = await join()
    expect([await late.r.get('a'), await late.other.get('a')]).to.deep.equal(['a2', 'a1'])
    expect(late.cache.stats().total).to.include({ loads: 1, l2Hits: 1 })
    const calls = async () =>
      /cmdstat_zmscore:calls=(\d+)/.exec(String(await server.command('INFO', 'commandstats')))?.[1]
    const before = await calls()
    expect(await late.r.get('b')).to.equal('b2')
    expect(await calls()).to.equal(before)
  })

  it('everything kills all values everywhere, and keeps the members', async () => {
    const [a, b] = [await join(), await join()]
    await fill(a, b)
    version = 2
    const { position } = await a.cache.clear()
    expect([a.r.peek('a'), a.other.peek('a')]).to.deep.equal([undefined, undefined])
    await eventually(() => expect([b.r.peek('a'), b.other.peek('a')]).to.deep.equal([undefined, undefined]))
    for (const { cache, r, other } of [a, b]) {
      expect([await r.get('a'), await other.get('a')]).to.deep.equal(['a2', 'a2'])
      expect(cache.stats()).to.include({ status: 'live', position: `${position.epoch}-0`, flushes: 1 })
    }
    const members = ((await server.command('HKEYS', busNames(name).meta)) as string[]).filter((key) =>
      key.startsWith('n:'),
    )
    expect(members.length).to.equal(2)
  })

  it('drops what its own process holds though Redis is away', async () => {
    const gone = await startRedis()
    closing.add({ close: () => gone.stop() })
    const cache = closing.add(createCache({ name, redis: gone.url, publishTimeout: '50ms' }))
    const r = cache.region('r', { load })
    expect(await r.get('a')).to.equal('a1')
    await gone.kill()
    await r.clear().catch((error) => expect(error).to.include({ queued: true }))
    expect(r.peek('a')).to.equal(undefined)
    expect(await r.get('a')).to.equal('a1')
    await cache.clear().catch((error) => expect(error).to.include({ queued: true }))
    expect(r.peek('a')).to.equal(undefined)
  })

  it('is not what a bump does: it drops the keys that it names', async () => {
    const [a, b] = [await join(), await join()]
    await fill(a, b)
    version = 2
    await publisher.bump({ region: 'r', versions: { a: 2, b: 7n } })
    await eventually(() => expect([a, b].map(({ r }) => r.peek('a'))).to.deep.equal([undefined, undefined]))
    expect([await a.r.get('a'), await b.other.get('a')]).to.deep.equal(['a2', 'a1'])
  })

  it('is not undone by a state of Redis that has not seen it: that is not read', async () => {
    const node = closing.add(
      await new RegionNode<string>({ name, redis: server.url, heartbeat: '2500ms' }, { load, ttl: '1m' }).start(),
    )
    const other = await join()
    expect(await other.r.get('a')).to.equal('a1')
    await eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(1))
    const { log, meta } = busNames(name)
    const before = (await server.command('HMGET', meta, 'seq', 'chain')) as string[]
    await server.command('COPY', valueKey(name, 'r', 'a'), 'copy')
    version = 2
    await node.region.invalidate('a')
    // As a server does that became a replica of one that is behind, and then a primary again.
    await server.command('XTRIM', log, 'MAXLEN', '0')
    await server.command('HSET', meta, 'seq', before[0] ?? '', 'chain', before[1] ?? '')
    await server.command('COPY', 'copy', valueKey(name, 'r', 'a'))
    expect(await node.region.get('a')).to.equal('a2')
    expect(node.region.stats).to.include({ l2Hits: 0, loads: 1 })
  })
})
