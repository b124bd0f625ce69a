import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eventually, freePort, type RedisServer, rejection, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { PublishFailedError, PublishTimeoutError, RedisRefusedError } from './errors.ts'
import { invalidate, invalidateEach, type Member, Members } from './fixtures/members.ts'
import { type BusNames, busNames, leaseKey, valueKey } from './names.ts'
import { APPEND } from './scripts.ts'

describe('A bus on Redis', () => {
  let redis: RedisServer
  let members: Members
  let names: BusNames

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(() => {
    members = new Members()
    names = busNames(members.name)
  })
  afterEach(() => members.close())

  const start = () => members.start({ redis: redis.url })
  const pair = async (): Promise<[Member, Member]> => [await start(), await start()]

  it('brings what each member publishes to the other, once and in order', async () => {
    const [a, b] = await pair()
    await invalidate(a, '1')
    await b.bus.invalidateTags(['2', '3'])
    await invalidate(a, '4')
    for (const member of [a, b]) {
      await eventually(() => expect(member.heard).to.deep.equal(['1', '2', '3', '4']))
      expect(member.flushes).to.deep.equal(['joined'])
      expect(member.errors).to.deep.equal([])
      expect(member.statuses).to.deep.equal(['connecting', 'syncing', 'live'])
    }
    expect(a.bus.position).to.deep.equal(b.bus.position)
  })

  it('applies a message in the process of its writer before the promise resolves', async () => {
    const a = await start()
    for (let n = 0; n < 50; n += 1) {
      const { position } = await invalidate(a, `${n}`)
      expect(a.heard.at(-1)).to.equal(`${n}`)
      expect(a.bus.position).to.deep.equal(position)
    }
  })

  it('carries the messages of a publisher that is no member', async () => {
    const a = await start()
    const publisher = members.publisher({ redis: redis.url })
    const { position, chain } = await publisher.invalidate({ region: 'r', keys: ['x', 'y'] })
    await publisher.invalidateTags(['t'])
    await eventually(() => expect(a.heard).to.deep.equal(['x', 'y', 't']))
    expect(position).to.deep.equal({ epoch: a.bus.position?.epoch, seq: 1 })
    expect(chain).to.match(/^[0-9a-f]{40}$/)
  })

  it('removes the values and the leases of invalidated keys from Redis', async () => {
    const a = await start()
    const keys = [valueKey(members.name, 'r', '{x}'), leaseKey(members.name, 'r', '{x}')]
    const other = valueKey(members.name, 'r', 'x')
    for (const key of [...keys, other]) {
      await redis.command('SET', key, 'value')
    }
    await invalidate(a, '{x}')
    expect(await redis.command('EXISTS', ...keys)).to.equal(0)
    expect(await redis.command('EXISTS', other)).to.equal(1)
  })

  it('refuses as a whole what its user may not remove: a message without the removal would leave the value', async () => {
    await redis.command('ACL', 'SETUSER', 'elsewhere', 'on', '>pw', `~{${members.name}}:*`, '&*', '+@all')
    const publisher = members.publisher({ redis: `redis://elsewhere:pw@${redis.host}:${redis.port}` })
    const value = valueKey(members.name, 'r', 'x')
    await redis.command('SET', value, 'value')
    const log = busNames(members.name).log
    const before = await redis.command('XLEN', log)
    const refused = await rejection(publisher.invalidate({ region: 'r', keys: ['x'] }))
    expect(refused).to.be.instanceOf(PublishFailedError)
    expect([await redis.command('XLEN', log), await redis.command('EXISTS', value)]).to.deep.equal([before, 1])
  })

  it('proves itself with every beat, and at once when asked', async () => {
    const slow = await members.start({ redis: redis.url, heartbeat: '2s' })
    const before = slow.bus.provenAt
    expect(await slow.bus.prove(performance.now(), 1_000)).to.equal(true)
    expect(slow.bus.provenAt).to.be.above(before)
    const quick = await start()
    const then = quick.bus.provenAt
    await eventually(() => expect(quick.bus.provenAt).to.be.above(then + 100))
  })

  it('knows its members by their beats, and no more when they have left', async () => {
    const [a, b] = await pair()
    const ids = async () => {
      const fields = (await redis.command('HKEYS', names.meta)) as string[]
      return fields.filter((field) => field.startsWith('n:')).map((field) => field.slice(2))
    }
    expect(await ids()).to.have.members([a.bus.nodeId, b.bus.nodeId])
    await b.bus.close()
    expect(await ids()).to.deep.equal([a.bus.nodeId])
  })

  it('sends its scripts again when the server has forgotten them', async () => {
    const [a, b] = await pair()
    await invalidate(a, '1')
    await redis.command('SCRIPT', 'FLUSH')
    await invalidate(a, '2')
    await redis.command('SCRIPT', 'FLUSH')
    const since = performance.now()
    await eventually(() => expect(b.bus.provenAt).to.be.above(since))
    await eventually(() => expect(b.heard).to.deep.equal(['1', '2']))
    expect([a.errors, b.errors]).to.deep.equal([[], []])
  })

  for (const [what, command] of [
    ['everything', () => ['FLUSHALL']],
    ['its log', () => ['DEL', names.log]],
    ['all entries of its log', () => ['XTRIM', names.log, 'MAXLEN', '0']],
    ['its epoch', () => ['DEL', names.meta]],
    ['its tag markers', () => ['DEL', names.tags]],
  ] as const) {
    it(`begins one new epoch, with one flush in each member, when Redis has lost ${what}`, async () => {
      const [a, b] = await pair()
      await a.bus.invalidateTags(['t'])
      const epoch = a.bus.position?.epoch ?? 0
      await redis.command(...command())
      for (const { flushes } of [a, b]) {
        await eventually(() => expect(flushes).to.deep.equal(['joined', 'epoch']))
      }
      const { position } = await invalidate(b, 'after')
      expect(position.epoch).to.be.above(epoch)
      expect(position.seq).to.equal(1)
      await eventually(() => expect(a.heard).to.deep.equal(['t', 'after']))
      const since = performance.now()
      for (const { bus } of [a, b]) {
        await eventually(() => expect(bus.provenAt).to.be.above(since))
        expect(bus).to.deep.include({ status: 'live', position })
      }
      expect([a.flushes, b.flushes]).to.deep.equal([
        ['joined', 'epoch'],
        ['joined', 'epoch'],
      ])
    })
  }

  it('begins a new epoch when its server was a replica for a moment: it may have lost what it had acknowledged', async () => {
    const [a, b] = await pair()
    const before = await invalidate(a, 'before')
    await redis.command('REPLICAOF', redis.host, '1')
    await redis.command('REPLICAOF', 'NO', 'ONE')
    for (const { flushes } of [a, b]) {
      await eventually(() => expect(flushes).to.deep.equal(['joined', 'epoch']))
    }
    const after = await invalidate(a, 'after')
    expect(after.position.epoch).to.be.above(before.position.epoch)
    await eventually(() => expect(b.heard).to.deep.equal(['before', 'after']))
  })

  it('drops all when a message comes that this release cannot read, and goes on', async () => {
    const [a, b] = await pair()
    const { log, meta, tags } = names
    const args = ['PUBLISH', '0', 'id', '\u0002', '1000', '1000', '0', 'of tomorrow', '']
    await redis.command('EVAL', APPEND.source, '3', log, meta, tags, ...args)
    await eventually(() => expect(b.flushes).to.deep.equal(['joined', 'unreadable']))
    await invalidate(a, 'after')
    await eventually(() => expect(b.heard).to.deep.equal(['after']))
  })

  it('counts and ignores what is no message of a bus', async () => {
    const [a, b] = await pair()
    await redis.command('PUBLISH', names.channel, 'hello')
    await eventually(() => expect(b.bus.ignored).to.equal(1))
    await invalidate(a, 'x')
    await eventually(() => expect(b.heard).to.deep.equal(['x']))
    expect(b.flushes).to.deep.equal(['joined'])
  })

  it('publishes though Redis is full', async () => {
    const [a, b] = await pair()
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      expect((await rejection(redis.command('SET', 'x', 'y'))).message).to.match(/^OOM/)
      await invalidate(a, 'x')
      await a.bus.invalidateTags(['t'])
      await eventually(() => expect(b.heard).to.deep.equal(['x', 't']))
      const since = performance.now()
      await eventually(() => expect(b.bus.provenAt).to.be.above(since))
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  it('keeps no more tag markers than maxTags, and kills by the floor what the others would have', async () => {
    const a = await members.start({ redis: redis.url, maxTags: 16 })
    for (let n = 0; n < 40; n += 1) {
      await a.bus.invalidateTags([`t${n}`])
    }
    expect(await redis.command('ZCARD', names.tags)).to.be.within(10, 17)
    const ask = (tags: string[], chain = a.bus.footing?.chain ?? '') =>
      a.bus.session?.markers({
        footing: { position: a.bus.position ?? { epoch: 0, seq: 0 }, chain },
        region: 'r',
        tags,
      })
    const report = await ask(['t0', 't39', 'never'])
    expect(report?.tags).to.deep.equal([0, 40, 0])
    expect(report?.floor).to.be.within(20, 39)
    await a.bus.invalidateTags(Array.from({ length: 500 }, (_, n) => `many ${n}`))
    expect(await redis.command('ZCARD', names.tags)).to.be.within(10, 17)
    expect(await ask(['t39'])).to.deep.equal({ region: 0, floor: 41, tags: [0] })
    expect(await ask(['t39'], 'another')).to.equal(undefined)
  })

  it('lets go of what is older than logAge, and keeps what is younger', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => members.start({ redis: redis.url, logAge: '1s' })))
    if (!a || !b) {
      throw new Error('Two were started')
    }
    const old = Array.from({ length: 300 }, (_, n) => `old ${n}`)
    await invalidateEach(a, old)
    await eventually(async () => expect(await redis.command('XLEN', names.log)).to.be.below(200))
    await invalidateEach(a, ['young'])
    await eventually(() => expect(b.heard).to.deep.equal([...old, 'young']))
    const last = await redis.command('XREVRANGE', names.log, '+', '-', 'COUNT', '1')
    expect(String(last)).to.contain('young')
    expect([a.flushes, b.flushes]).to.deep.equal([['joined'], ['joined']])
  })

  it('takes 2,000 messages at once, in order, and none twice', async () => {
    const [a, b] = await pair()
    const keys = Array.from({ length: 2_000 }, (_, n) => `${n}`)
    await invalidateEach(a, keys)
    expect(a.heard).to.deep.equal(keys)
    await eventually(() => expect(b.heard).to.deep.equal(keys))
    expect(await redis.command('XLEN', names.log)).to.equal(keys.length + 1)
    expect([...a.errors, ...b.errors]).to.deep.equal([])
  })

  it('loses nothing, and flushes nothing, when connections are killed in the middle of 500 messages', async () => {
    const [a, b] = await pair()
    const keys = Array.from({ length: 500 }, (_, n) => `${n}`)
    for (const [n, key] of keys.entries()) {
      const published = invalidate(a, key)
      if (n % 125 === 60) {
        await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      }
      await published
    }
    await eventually(() => expect(new Set(b.heard)).to.deep.equal(new Set(keys)))
    expect(new Set(a.heard)).to.deep.equal(new Set(keys))
    expect([a.flushes, b.flushes]).to.deep.equal([['joined'], ['joined']])
    expect(a.statuses.filter((status) => status === 'connecting').length).to.equal(5)
  })

  it('uses the target of a client that it was given, and leaves that client alone', async () => {
    const client = new Redis(redis.port, { lazyConnect: true, keyPrefix: 'mine:' })
    const a = await members.start({ redis: client })
    const b = await members.start({ redis: { host: redis.host, port: redis.port } })
    await invalidate(a, 'x')
    await eventually(() => expect(b.heard).to.deep.equal(['x']))
    expect(client.status).to.equal('wait')
    client.disconnect()
  })

  it('logs in with the user and the password of its URL', async () => {
    await redis.command('ACL', 'SETUSER', 'member', 'on', '>p@ss', '~*', '&*', '+@all')
    const url = `redis://member:${encodeURIComponent('p@ss')}@${redis.host}:${redis.port}`
    await invalidate(await members.start({ redis: url }), 'x')
    const wrong = members.create({
      redis: url.replace('p%40ss', 'wrong'),
      connectTimeout: '500ms',
      publishTimeout: '300ms',
    })
    expect(await wrong.bus.start()).to.equal(false)
    const error = await rejection(invalidate(wrong, 'y'))
    expect(error).to.be.instanceOf(PublishTimeoutError)
    expect(String(error.cause)).to.match(/WRONGPASS/)
  })

  it('says so, and does not wait, when its user may not run scripts', async () => {
    await redis.command('ACL', 'SETUSER', 'weak', 'on', '>pw', '~*', '&*', '+@all', '-evalsha')
    const options = { redis: `redis://weak:pw@${redis.host}:${redis.port}`, connectTimeout: 500, publishTimeout: 300 }
    const publisher = members.publisher(options)
    const refused = await rejection(publisher.invalidate({ region: 'r', keys: ['x'] }))
    expect(refused).to.be.instanceOf(PublishFailedError)
    expect(refused.cause).to.be.instanceOf(RedisRefusedError)
    const member = members.create(options)
    expect(await member.bus.start()).to.equal(false)
    const queued = await rejection(invalidate(member, 'x'))
    expect(queued).to.be.instanceOf(PublishTimeoutError)
    expect(queued.cause).to.be.instanceOf(RedisRefusedError)
    await redis.command('ACL', 'SETUSER', 'weak', '+evalsha')
    await eventually(() => expect(member.bus).to.include({ status: 'live', queued: 0 }))
    await redis.command('ACL', 'SETUSER', 'weak', '-evalsha')
    const late = await rejection(invalidate(member, 'x'))
    expect(late.cause).to.be.instanceOf(RedisRefusedError)
  })

  it('speaks TLS', async () => {
    // Signed by itself, for localhost, and good for nothing else.
    const [key, cert] = ['key', 'cert'].map((name) =>
      fileURLToPath(new URL(`../src/fixtures/tls/${name}.pem`, import.meta.url)),
    ) as [string, string]
    const port = await freePort()
    const files = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ]
    const secure = await startRedis({ args: ['--tls-port', `${port}`, ...files] })
    try {
      const tls = { ca: readFileSync(cert), servername: 'localhost' }
      const a = await members.start({ redis: { host: secure.host, port, tls } })
      await invalidate(a, 'x')
      expect(a.heard).to.deep.equal(['x'])
      await members.close()
    } finally {
      await secure.stop()
    }
  })
})
