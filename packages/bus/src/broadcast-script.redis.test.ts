import { eventually, type RedisServer, rejection, startRedis, startRedisCluster } from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster, Redis } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { MAX_NAMES } from './batch.ts'
import { BROADCAST } from './broadcast-script.ts'
import { type Member, Members } from './fixtures/members.ts'
import type { LogEntry } from './log-entry.ts'
import { type BusNames, busNames, leaseKey, valueKey } from './names.ts'
import type { Publisher } from './publisher.ts'
import { readPage } from './redis-replies.ts'

/** So rare that what is heard was heard on the channel. */
const NO_BEATS = { maxStaleness: '2m', heartbeat: '1m' } as const

const LONG = 'x'.repeat(1024)
const TOO_MANY = Array.from({ length: MAX_NAMES + 1 }, (_, n) => `${n}`)

/** The arguments after id and origin, and the same by a publisher. */
const calls: readonly [args: readonly string[], publish: (publisher: Publisher) => Promise<unknown>][] = [
  [
    ['invalidate', 'product', '42', '', 'ключ', '}{%', LONG],
    (publisher) => publisher.invalidate({ region: 'product', keys: ['42', '', 'ключ', '}{%', LONG] }),
  ],
  [['invalidate-tags', 'brand:7', '😀'], (publisher) => publisher.invalidateTags(['brand:7', '😀'])],
  [['clear', 'product', 'price'], (publisher) => publisher.clear(['product', 'price'])],
  [
    ['bump', 'product', '42', '0', '43', '9223372036854775807'],
    (publisher) =>
      publisher.bump({
        region: 'product',
        versions: new Map([
          ['42', 0n],
          ['43', 2n ** 63n - 1n],
        ]),
      }),
  ],
  [['clear-all'], (publisher) => publisher.clearAll()],
]

const refusals: readonly [what: string, args: readonly string[], message: RegExp][] = [
  ['no arguments at all', [], /the message id must be 1 to 64 bytes; received nothing/],
  ['an empty id', ['', 'o', 'invalidate', 'r', 'x'], /the message id must be/],
  ['a long id', ['i'.repeat(65), 'o', 'invalidate', 'r', 'x'], /the message id must be/],
  ['an empty origin', ['i', '', 'invalidate', 'r', 'x'], /the origin must be/],
  ['no kind', ['i', 'o'], /the kind must be .*; received nothing/],
  ['another kind', ['i', 'o', 'Invalidate', 'r', 'x'], /the kind must be .*; received "Invalidate"/],
  ['no region', ['i', 'o', 'invalidate'], /the region must be .*; received nothing/],
  ['a region that is no name', ['i', 'o', 'invalidate', 'r:x', 'x'], /the region must be .*; received "r:x"/],
  ['a region without keys', ['i', 'o', 'invalidate', 'r'], /must be 1 to 512 names; received "0 arguments"/],
  ['too many keys', ['i', 'o', 'invalidate', 'r', ...TOO_MANY], /must be 1 to 512 names; received "513 arguments"/],
  ['too many bytes', ['i', 'o', 'invalidate', 'r', 'x', ...Array(256).fill(LONG)], /at most 262144 bytes/],
  ['a key that is too long', ['i', 'o', 'invalidate', 'r', 'x', `${LONG}x`], /a key or tag must be at most 1024 bytes/],
  ['no tags', ['i', 'o', 'invalidate-tags'], /must be 1 to 512 names/],
  ['a region to clear that is no name', ['i', 'o', 'clear', 'r', ''], /a region must be .*; received ""/],
  ['a key without a version', ['i', 'o', 'bump', 'r', 'x'], /each with a version; received "1 arguments"/],
  ['the last key without a version', ['i', 'o', 'bump', 'r', 'x', '1', 'y'], /each with a version/],
  ['a version that is no number', ['i', 'o', 'bump', 'r', 'x', 'v2'], /a version must be .*; received "v2"/],
  ['a negative version', ['i', 'o', 'bump', 'r', 'x', '-1'], /a version must be/],
  ['a fraction', ['i', 'o', 'bump', 'r', 'x', '1.5'], /a version must be/],
  ['a version beyond 64 bits', ['i', 'o', 'bump', 'r', 'x', '9223372036854775808'], /a version must be/],
  ['names for everything', ['i', 'o', 'clear-all', 'r'], /clear-all names nothing/],
]

describe('The script for write services in other languages', () => {
  let redis: RedisServer
  let client: Redis
  let members: Members
  let names: BusNames

  before(async () => {
    redis = await startRedis()
    client = new Redis(redis.port)
  })
  after(async () => {
    client.disconnect()
    await redis.stop()
  })
  beforeEach(() => {
    members = new Members()
    names = busNames(members.name)
  })
  afterEach(() => members.close())

  const run = (...args: string[]) => runOn(redis, ...args)
  const runOn = (server: RedisServer, ...args: string[]) => {
    const { log, meta, tags } = names
    return server.command('EVAL', BROADCAST.source, '3', log, meta, tags, ...args)
  }
  const tail = async (): Promise<LogEntry | undefined> => {
    const [entry] = (await client.xrevrangeBuffer(names.log, '+', '-', 'COUNT', 1)) ?? []
    return readPage([entry])[0]
  }
  const expectHeard = (member: Member, heard: string[]) =>
    eventually(() => {
      expect(member.heard).to.deep.equal(heard)
      expect(member.bus).to.include({ ignored: 0, status: 'live' })
    })

  for (const [args, publish] of calls) {
    it(`makes the message that a publisher makes of the kind ${args[0]}`, async () => {
      const publisher = members.publisher({ redis: redis.url })
      await publish(publisher)
      const published = await tail()
      const before = Date.now()
      expect(await run('an id', 'billing', ...args)).to.have.lengthOf(2)
      const broadcast = await tail()
      expect(published?.message).to.be.an('object')
      expect(broadcast?.message).to.deep.equal({
        ...published?.message,
        id: 'an id',
        origin: 'billing',
        sentAt: broadcast?.message?.sentAt,
      })
      expect(broadcast?.message?.sentAt).to.be.within(before - 1_000, Date.now() + 1_000)
    })
  }

  it('is heard on the channel, under the chain of the log, by members that have nothing to complain of', async () => {
    const member = await members.start({ redis: redis.url, ...NO_BEATS })
    const [position, chain] = (await run('1', 'o', 'invalidate', 'r', 'x', 'y')) as string[]
    expect(position).to.equal(`${member.bus.position?.epoch}-1`)
    expect(chain).to.match(/^[0-9a-f]{40}$/)
    await run('2', 'o', 'invalidate-tags', 't')
    await members.publisher({ redis: redis.url }).invalidate({ region: 'r', keys: ['between'] })
    await run('3', 'o', 'bump', 'r', 'x', '7')
    await run('4', 'o', 'clear', 'r')
    await expectHeard(member, ['x', 'y', 't', 'between', 'x@7', 'r'])
    expect(member.flushes).to.deep.equal(['joined'])
    await run('5', 'o', 'clear-all')
    await eventually(() => expect(member.flushes).to.deep.equal(['joined', 'cleared']))
    expect([member.statuses, member.errors]).to.deep.equal([['connecting', 'syncing', 'live'], []])
  })

  it('opens the first epoch of a bus that nobody has used', async () => {
    await run('1', 'o', 'invalidate', 'r', 'x')
    expect(await redis.command('XLEN', names.log)).to.equal(2)
    expect(await redis.command('HGET', names.meta, 'epoch')).to.equal(`${(await tail())?.position.epoch}`)
  })

  it('removes the values and the leases of 512 keys, whatever is in them, and no other', async () => {
    const keys = ['', '%', '{', '}', 'a{b}c', '{x}', 'ключ', ...Array.from({ length: 505 }, (_, n) => `${n}`)]
    const stored = (region: string) =>
      keys.flatMap((key) => [valueKey(members.name, region, key), leaseKey(members.name, region, key)])
    const others = [...stored('other'), valueKey(members.name, 'r', 'another')]
    for (const kind of ['invalidate', 'bump']) {
      await client.mset(Object.fromEntries([...stored('r'), ...others].map((key) => [key, 'value'])))
      await run(kind, 'o', kind, 'r', ...(kind === 'bump' ? keys.flatMap((key) => [key, '1']) : keys))
      expect(await client.exists(...stored('r')), kind).to.equal(0)
      expect(await client.exists(...others), kind).to.equal(others.length)
    }
  })

  it('leaves markers of tags and regions where members look for them', async () => {
    const member = await members.start({ redis: redis.url })
    await run('1', 'o', 'invalidate-tags', 't')
    await run('2', 'o', 'clear', 'r')
    await eventually(() => expect(member.heard).to.deep.equal(['t', 'r']))
    const { footing, session } = member.bus
    const report = footing && session?.markers({ footing, region: 'r', tags: ['t', 'never'] })
    expect(await report).to.deep.equal({ region: 2, floor: 0, tags: [1, 0] })
  })

  for (const [what, args, message] of refusals) {
    it(`refuses ${what}, before it has removed or sent anything`, async () => {
      const value = valueKey(members.name, 'r', 'x')
      await client.set(value, 'value')
      const refused = await rejection(run(...args))
      expect(refused.message)
        .to.match(/^ERR Rescind: /)
        .and.to.match(message)
      expect([await client.exists(value), await client.exists(names.log)]).to.deep.equal([1, 0])
    })
  }

  it('refuses the keys of two buses, and bytes that are no UTF-8, in which no member would find the key', async () => {
    const { log, meta } = names
    const mixed = redis.command('EVAL', BROADCAST.source, '3', log, meta, busNames('other').tags, 'i', 'o', 'clear-all')
    expect((await rejection(mixed)).message).to.match(/KEYS must be {bus}:log {bus}:meta {bus}:tags; received/)
    const { tags } = names
    const latin = client.eval(BROADCAST.source, 3, log, meta, tags, 'i', 'o', 'invalidate', 'r', Buffer.from([0xe9]))
    expect((await rejection(latin)).message).to.match(/a key or tag must be at most 1024 bytes of UTF-8/)
    expect(await client.exists(log)).to.equal(0)
  })

  it('refuses keys where values are on servers of their own, which it cannot reach, and takes all else', async () => {
    const publisher = members.publisher({ redis: redis.url, valueServers: { a: redis.url } })
    const member = await members.start({ redis: redis.url })
    await publisher.invalidate({ region: 'r', keys: ['x'] })
    for (const call of [
      ['invalidate', 'r', 'y'],
      ['bump', 'r', 'y', '1'],
    ]) {
      expect((await rejection(run('i', 'o', ...call))).message).to.match(/^ERR Rescind: .* servers of their own/)
    }
    await run('1', 'o', 'invalidate-tags', 't')
    await run('2', 'o', 'clear', 'r')
    await expectHeard(member, ['rescind:layout', 'x', 't', 'r'])
    await run('3', 'o', 'clear-all')
    await eventually(() => expect(member.flushes).to.deep.equal(['joined', 'cleared']))
  })

  it('is heard by the members of a cluster, where its caller has removed the values', async function () {
    this.timeout(40_000)
    const cluster = await startRedisCluster()
    const given = new Cluster(
      cluster.shards.map(({ host, port }) => ({ host, port })),
      { lazyConnect: true },
    )
    try {
      const member = await members.start({ redis: given, ...NO_BEATS })
      const shard = await cluster.shardOf(names.log)
      await runOn(shard, '1', 'o', 'invalidate', 'r', 'x', 'y')
      await runOn(shard, '2', 'o', 'clear-all')
      await expectHeard(member, ['x', 'y'])
      await eventually(() => expect(member.flushes).to.deep.equal(['joined', 'cleared']))
      await members.close()
    } finally {
      given.disconnect()
      await cluster.stop()
    }
  })
})
