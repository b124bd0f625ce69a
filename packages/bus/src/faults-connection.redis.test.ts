import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  eventually,
  type FaultProxy,
  freePort,
  type RedisServer,
  rejection,
  spawnNode,
  startProxy,
  startRedis,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import sinon from 'sinon'
import type { BusOptions } from './bus-options.ts'
import { PublishTimeoutError } from './errors.ts'
import { invalidate, type Member, Members } from './fixtures/members.ts'

const HOUR_MS = 3_600_000
const tls = (name: string) => fileURLToPath(new URL(`../src/fixtures/tls/${name}.pem`, import.meta.url))

/** For what is not about deadlines: on a busy machine, a quarter of a second is soon gone. */
const PATIENT = { redisTimeout: '5s', publishTimeout: '20s' } as const

describe('A bus whose connections fail', () => {
  let redis: RedisServer
  let link: FaultProxy
  let members: Members

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(async () => {
    link = await startProxy(redis)
    members = new Members()
  })
  afterEach(async () => {
    sinon.restore()
    await members.close()
    await link.close()
  })

  const direct = (options: Partial<BusOptions> = {}) => members.start({ redis: redis.url, ...options })
  const viaLink = (options: Partial<BusOptions> = {}) => members.start({ redis: link.url, ...options })
  const proven = async (member: Member) => {
    const since = performance.now()
    await eventually(() => expect(member.bus.provenAt).to.be.above(since))
  }

  it('hears each of 5,000 messages once and in order though every member is disconnected 50 times meanwhile', async () => {
    const all = [await direct(PATIENT), await direct(PATIENT)]
    const publisher = members.publisher({ redis: redis.url, ...PATIENT })
    // Or most of the kills would meet nobody: those who are cut off again and again come back after longer pauses.
    const { random } = Math
    sinon.stub(Math, 'random').callsFake(() => random() / 50)
    const keys = Array.from({ length: 5_000 }, (_, n) => `${n}`)
    const publish = (from: number, to: number) =>
      keys.slice(from, to).map((key) => publisher.invalidate({ region: 'r', keys: [key] }))
    for (let kills = 1; kills <= 50; kills += 1) {
      const start = (kills - 1) * 100
      const published = publish(start, start + 50)
      const killed = redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      published.push(...publish(start + 50, start + 100))
      expect(await killed, 'subscribers among the connections').to.equal(2)
      await Promise.all(published)
      for (const { bus, statuses } of all) {
        await eventually(() => {
          expect(statuses.filter((status) => status === 'connecting').length).to.equal(kills + 1)
          expect(bus.status).to.equal('live')
        })
      }
    }
    for (const { heard, flushes } of all) {
      await eventually(() => expect(heard.length).to.be.at.least(keys.length))
      expect(heard).to.deep.equal(keys)
      expect(flushes).to.deep.equal(['joined'])
    }
  })

  it('catches up without a flush when Redis cuts it off because it reads too slowly', async () => {
    const limits = await redis.command('CONFIG', 'GET', 'client-output-buffer-limit')
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 4mb 4mb 1')
    const isServed = async () => String(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub')) !== ''
    try {
      // So patient that it would not give the connection up itself.
      const slow = await viaLink({ redisTimeout: '20s' })
      const writer = members.publisher({ redis: redis.url, ...PATIENT })
      expect(await isServed()).to.equal(true)
      link.stall('downstream')
      const heard: string[] = []
      // Until the buffers on the way are full, and Redis has to keep the rest.
      while (await isServed()) {
        const keys = Array.from({ length: 500 }, (_, n) => `${heard.length + n} ${'x'.repeat(1_000)}`)
        heard.push(...keys)
        const published: Promise<unknown>[] = []
        for (let n = 0; n < keys.length; n += 20) {
          published.push(writer.invalidate({ region: 'r', keys: keys.slice(n, n + 20) }))
          // Or they would be few and large messages.
          await new Promise(setImmediate)
        }
        await Promise.all(published)
        expect(heard.length, 'more than any buffer takes').to.be.below(100_000)
      }
      await writer.invalidate({ region: 'r', keys: ['last'] })
      // It knows nothing of it yet: it was Redis that gave up.
      expect(slow.heard).to.deep.equal([])
      expect(slow.bus.status).to.equal('live')
      expect(link).to.include({ connections: 2, accepted: 2 })
      link.heal()
      await eventually(() => expect(slow.heard.at(-1)).to.equal('last'))
      expect(slow.heard).to.deep.equal([...heard, 'last'])
      expect(slow.flushes).to.deep.equal(['joined'])
      expect(slow.statuses.filter((status) => status === 'connecting').length).to.equal(2)
      await proven(slow)
    } finally {
      const [, normal] = Array.isArray(limits) ? limits : []
      await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', String(normal))
    }
  })

  it('does not notice when the wall clock jumps an hour either way: not its beats, deadlines, trust or order', async () => {
    const [a, b] = [await direct(PATIENT), await viaLink(PATIENT)]
    const { now } = Date
    let aheadMs = 0
    sinon.stub(Date, 'now').callsFake(() => now.call(Date) + aheadMs)
    const keys: string[] = []
    for (const jumpMs of [HOUR_MS, -HOUR_MS, 0, -HOUR_MS, HOUR_MS]) {
      const provenAt = Math.min(a.bus.provenAt, b.bus.provenAt)
      for (const member of [a, b]) {
        keys.push(`${keys.length}`)
        const published = invalidate(member, keys.at(-1) ?? '')
        aheadMs = jumpMs
        await published
        expect(member.bus.status).to.equal('live')
        await proven(member)
      }
      // Of the monotonic clock, whatever the other one says.
      expect(Math.max(a.bus.provenAt, b.bus.provenAt)).to.be.within(provenAt, performance.now())
    }
    // With a message and a beat under way.
    link.stall('downstream')
    keys.push('slow')
    const published = invalidate(b, 'slow')
    aheadMs = -HOUR_MS
    const sentAt = performance.now()
    await eventually(() => expect(performance.now()).to.be.above(sentAt + 100))
    aheadMs = HOUR_MS
    await eventually(() => expect(performance.now()).to.be.above(sentAt + 200))
    expect(b.bus.session, 'waits for it').not.to.equal(undefined)
    link.heal()
    await published
    const patient = members.create({ redis: link.url, connectTimeout: '300ms' })
    link.stall()
    const startedAt = performance.now()
    const started = patient.bus.start()
    aheadMs = -HOUR_MS
    expect(await started).to.equal(false)
    expect(performance.now() - startedAt).to.be.within(290, 2_000)
    for (const { heard, flushes, statuses, errors } of [a, b]) {
      await eventually(() => expect(heard).to.deep.equal(keys))
      expect(flushes).to.deep.equal(['joined'])
      expect(statuses).to.deep.equal(['connecting', 'syncing', 'live'])
      expect(errors).to.deep.equal([])
    }
  })

  it('logs in as its options, or the client that it was given, say', async () => {
    await redis.command('ACL', 'SETUSER', 'member', 'on', '>p@ss', '~*', '&*', '+@all')
    const login = { host: redis.host, port: redis.port, username: 'member', password: 'p@ss' }
    const client = new Redis({ ...login, lazyConnect: true })
    const [a, b] = [await members.start({ redis: login }), await members.start({ redis: client })]
    await invalidate(a, 'x')
    await eventually(() => expect(b.heard).to.deep.equal(['x']))
    const users = String(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).match(/ user=\S+/g)
    expect(users).to.deep.equal([' user=member', ' user=member'])
    expect(client.status).to.equal('wait')
    const wrong = members.create({ redis: { ...login, password: 'wrong' }, connectTimeout: '500ms' })
    expect(await wrong.bus.start()).to.equal(false)
    expect(wrong.bus.status).to.equal('connecting')
  })

  describe('over TLS', () => {
    let secure: RedisServer
    let port: number

    before(async () => {
      port = await freePort()
      const files = ['--tls-cert-file', tls('cert'), '--tls-key-file', tls('key'), '--tls-ca-cert-file', tls('cert')]
      secure = await startRedis({ args: ['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files] })
      await secure.command('ACL', 'SETUSER', 'member', 'on', '>p@ss', '~*', '&*', '+@all')
    })
    after(() => secure.stop())

    const url = (userInfo = '') => `rediss://${userInfo}localhost:${port}`

    it('speaks to the server of a URL, logged in as its user', async () => {
      // An authority that a process trusts is told to it before it starts.
      const env = { NODE_EXTRA_CA_CERTS: tls('cert') }
      await using child = await spawnNode(new URL('./fixtures/member-child.js', import.meta.url), { env })
      expect(await child.call('start', members.name, url('member:p%40ss@'))).to.equal(true)
      const clients = String(await secure.command('CLIENT', 'LIST', 'TYPE', 'pubsub'))
      expect(clients).to.match(/ user=member /)
      const publisher = members.publisher({ redis: secure.url })
      await publisher.invalidate({ region: 'r', keys: ['x'] })
      await eventually(async () => expect(await child.call('report')).to.deep.include({ heard: ['x'] }))
      await child.call('close')
    })

    it('takes the settings of a client that it was given', async () => {
      const ca = [await readFile(tls('cert'))]
      const client = new Redis(url(), { lazyConnect: true, tls: { ca } })
      const member = await members.start({ redis: client })
      await invalidate(member, 'x')
      expect(member.heard).to.deep.equal(['x'])
      expect(client.status).to.equal('wait')
    })

    it('has nothing to do with a server whose certificate it cannot check', async () => {
      await using proxy = await startProxy({ host: secure.host, port })
      const redis = `rediss://${proxy.host}:${proxy.port}`
      const member = members.create({ redis, connectTimeout: '500ms', publishTimeout: '300ms' })
      expect(await member.bus.start()).to.equal(false)
      const error = await rejection(invalidate(member, 'x'))
      expect(error).to.be.instanceOf(PublishTimeoutError)
      expect(String(error.cause)).to.match(/self.signed certificate/)
      // Closed amid such a handshake, ioredis would let the socket's second error escape.
      proxy.refuse()
      proxy.cut()
      await members.close()
    })
  })
})
