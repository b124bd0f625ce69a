import { eventually, type FaultProxy, type RedisServer, rejection, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { BusOptions } from './bus-options.ts'
import { ClosedError, PublishFailedError, PublishTimeoutError } from './errors.ts'
import { invalidate, invalidateEach, type Member, Members } from './fixtures/members.ts'
import { type BusNames, busNames } from './names.ts'

const numbers = (length: number) => Array.from({ length }, (_, n) => `${n}`)

describe('A bus whose Redis or network fails', () => {
  let redis: RedisServer
  let link: FaultProxy
  let members: Members
  let names: BusNames

  beforeEach(async () => {
    redis = await startRedis()
    link = await startProxy(redis)
    members = new Members()
    names = busNames(members.name)
  })
  afterEach(async () => {
    await members.close()
    await link.close()
    await redis.stop()
  })

  const direct = (options: Partial<BusOptions> = {}) => members.start({ redis: redis.url, ...options })
  const viaLink = (options: Partial<BusOptions> = {}) => members.start({ redis: link.url, ...options })
  const isLive = (member: Member) => eventually(() => expect(member.bus.status).to.equal('live'))

  /** `member` is cut off, and knows. */
  const cutOff = async (member: Member) => {
    link.refuse()
    link.cut()
    await eventually(() => expect(member.bus).to.include({ status: 'connecting', session: undefined }))
  }
  const proven = async (...all: Member[]) => {
    const since = performance.now()
    for (const { bus } of all) {
      await eventually(() => expect(bus.provenAt).to.be.above(since))
    }
  }

  it('catches up by pages, and without a flush, on all that a member missed', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await cutOff(b)
    const keys = numbers(1_400)
    await invalidateEach(a, keys)
    expect(b.heard).to.deep.equal([])
    link.heal()
    await isLive(b)
    await eventually(() => expect(b.heard).to.deep.equal(keys))
    expect(b.flushes).to.deep.equal(['joined'])
  })

  it('catches up while others publish on', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await cutOff(b)
    await invalidateEach(
      a,
      numbers(600).map((key) => `missed ${key}`),
    )
    link.heal()
    for (const key of numbers(300)) {
      await invalidate(a, key)
    }
    await eventually(() => expect(b.heard.length).to.equal(900))
    expect(b.heard).to.deep.equal(a.heard)
    expect(b.flushes).to.deep.equal(['joined'])
  })

  it('drops everything once, in a member that the log was trimmed past', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await cutOff(b)
    await invalidateEach(a, numbers(5))
    await redis.command('XTRIM', names.log, 'MAXLEN', '2')
    link.heal()
    await eventually(() => expect(b.flushes).to.deep.equal(['joined', 'fork']))
    await invalidate(a, 'after')
    await eventually(() => expect(b.heard).to.deep.equal(['after']))
    await proven(a, b)
    expect([a.flushes, b.flushes]).to.deep.equal([['joined'], ['joined', 'fork']])
  })

  it('begins a new epoch, with one flush in each member, when the server comes back empty', async () => {
    const [a, b] = [await direct(), await direct()]
    const { position } = await invalidate(a, 'before')
    await redis.restart()
    for (const member of [a, b]) {
      await isLive(member)
      await eventually(() => expect(member.flushes).to.deep.equal(['joined', 'epoch']))
    }
    const after = await invalidate(a, 'after')
    expect(after.position.epoch).to.be.above(position.epoch)
    await eventually(() => expect(b.heard).to.deep.equal(['before', 'after']))
    await proven(a, b)
    expect([a.flushes, b.flushes]).to.deep.equal([
      ['joined', 'epoch'],
      ['joined', 'epoch'],
    ])
  })

  it('does not append a message twice when the reply to it was lost', async () => {
    const a = await viaLink({ redisTimeout: '50ms', publishTimeout: '10s' })
    // Or the server would answer that it does not know the script, and append nothing.
    await invalidate(a, 'first')
    link.blackhole('downstream')
    const published = invalidate(a, 'x')
    await eventually(async () => expect(await redis.command('XLEN', names.log)).to.equal(3))
    link.heal()
    const { position } = await published
    expect(position.seq).to.equal(2)
    expect(await redis.command('XLEN', names.log)).to.equal(3)
    expect(new Set(a.heard)).to.deep.equal(new Set(['first', 'x']))
    expect(a.flushes).to.deep.equal(['joined'])
  })

  it('notices a connection that is dead and still open, and goes on over another one', async () => {
    const [a, b] = [await direct(), await viaLink({ redisTimeout: '50ms' })]
    link.blackhole()
    await invalidate(a, 'x')
    // Not worth a wait, long before it is given up.
    await eventually(() => expect(b.bus.session).to.equal(undefined))
    expect(b.bus.status).to.equal('live')
    link.heal()
    await eventually(() => expect(b.heard).to.deep.equal(['x']))
    expect(b.flushes).to.deep.equal(['joined'])
  })

  it('proves nothing to a member that hears nothing', async () => {
    const b = await viaLink({ redisTimeout: '50ms' })
    link.blackhole('downstream')
    const since = performance.now()
    expect(await b.bus.prove(since, 200)).to.equal(false)
    expect(b.bus.provenAt).to.be.below(since)
  })

  it('waits for a proof over a slow connection, and is proven as of when it asked and not of the answer', async () => {
    const b = await viaLink({ redisTimeout: '5s', heartbeat: '2s' })
    link.stall()
    const since = performance.now()
    const proof = b.bus.prove(since, 5_000)
    const askedAt = performance.now()
    await eventually(() => expect(performance.now()).to.be.above(askedAt + 20))
    link.heal()
    expect(await proof).to.equal(true)
    expect(b.bus.provenAt).to.be.within(since, askedAt + 20)
  })

  for (const [how, away] of [
    ['not there', () => redis.kill()],
    ['refusing connections', async () => link.refuse()],
    ['frozen', async () => redis.pause()],
    ['behind a black hole', async () => link.blackhole()],
  ] as const) {
    it(`starts in bounded time and queues what is published while Redis is ${how}`, async () => {
      await away()
      const member = members.create({ redis: link.url, connectTimeout: '300ms', publishTimeout: '150ms' })
      const startedAt = performance.now()
      expect(await member.bus.start()).to.equal(false)
      const error = await rejection(invalidate(member, 'x'))
      expect(performance.now() - startedAt).to.be.below(3_000)
      expect(error).to.be.instanceOf(PublishTimeoutError).and.to.include({ queued: true })
      expect(error.cause).to.be.instanceOf(Error)
      expect(member.bus).to.include({ queued: 1, status: 'connecting', session: undefined })
      await (how === 'not there' ? redis.restart() : undefined)
      await (how === 'frozen' ? redis.resume() : undefined)
      link.heal()
      await isLive(member)
      await eventually(() => expect(member.bus.queued).to.equal(0))
      expect(member.heard).to.deep.equal(['x'])
      expect(await redis.command('XLEN', names.log)).to.equal(2)
    })
  }

  it('queues what is published while a live connection is frozen, and delivers it', async () => {
    const [a, b] = [await direct({ publishTimeout: '200ms' }), await direct()]
    redis.pause()
    expect(await rejection(invalidate(a, 'x'))).to.be.instanceOf(PublishTimeoutError)
    await eventually(() => expect(a.bus.session).to.equal(undefined))
    redis.resume()
    await eventually(() => expect(new Set(b.heard)).to.deep.equal(new Set(['x'])))
    await eventually(() => expect(a.bus.queued).to.equal(0))
    expect(b.flushes).to.deep.equal(['joined'])
  })

  it('gives a connection up once, however many commands are overdue on it', async () => {
    const a = await viaLink({ redisTimeout: '50ms', publishTimeout: '10s' })
    const warnings: Error[] = []
    const warn = (warning: Error) => void warnings.push(warning)
    process.on('warning', warn)
    try {
      link.blackhole()
      const published = numbers(30).map((key) => invalidate(a, key))
      await eventually(() => expect(a.bus.status).to.equal('connecting'))
      link.heal()
      await Promise.all(published)
      expect(warnings).to.deep.equal([])
    } finally {
      process.off('warning', warn)
    }
  })

  it('gives up, when it is closed, what it could not deliver', async () => {
    await redis.kill()
    const member = members.create({ redis: link.url, publishTimeout: '10s' })
    const [first, second] = [rejection(invalidate(member, 'x')), rejection(member.bus.invalidateTags(['y']))]
    const { unsent } = await member.bus.close()
    expect(unsent.length).to.equal(2)
    for (const error of [await first, await second]) {
      expect(error).to.be.instanceOf(PublishFailedError).and.to.include({ queued: false })
    }
  })

  it('delivers what is under way before it is closed, and takes no more', async () => {
    const [a, b] = [await direct(), await direct()]
    const published = numbers(300).map((key) => invalidate(a, key))
    const closing = a.bus.close()
    expect(await rejection(invalidate(a, 'late'))).to.be.instanceOf(ClosedError)
    expect(await closing).to.deep.equal({ unsent: [] })
    await Promise.all(published)
    await eventually(() => expect(b.heard).to.deep.equal(numbers(300)))
  })

  describe('is closed, once and for all, and leaves nothing open,', () => {
    /** Sockets and timers that are open; always asked from within `eventually`, which has timers of its own. */
    const handles = () => process.getActiveResourcesInfo().sort()
    let before: string[]
    beforeEach(() =>
      eventually(() => {
        before = handles()
        expect(before).not.to.include('TCPSocketWrap')
        expect(before.filter((handle) => handle === 'TCPServerWrap').length, 'listeners: the proxy').to.equal(1)
      }),
    )

    const closes = async (member: Member) => {
      const startedAt = performance.now()
      const [first, again] = await Promise.all([member.bus.close(), member.bus.close()])
      expect(first).to.equal(again)
      expect(performance.now() - startedAt).to.be.below(1_900)
      expect(member.bus.status).to.equal('closed')
      expect(await member.bus.start()).to.equal(false)
      member.bus.begin()
      link.heal()
      await eventually(() => expect(link.connections).to.equal(0))
      await eventually(() => expect(handles()).to.deep.equal(before))
    }
    const create = () => members.create({ redis: link.url, connectTimeout: '10s' })

    it('before it was started', () => closes(create()))

    it('while it is live', async () => {
      const member = create()
      await member.bus.start()
      await closes(member)
    })

    it('in the turn in which it was started', async () => {
      const member = create()
      const started = member.bus.start()
      await closes(member)
      expect(await started).to.equal(false)
    })

    it('while it connects to a server that is frozen', async () => {
      const member = create()
      link.stall()
      member.bus.begin()
      await eventually(() => expect(link.accepted).to.equal(2))
      await closes(member)
    })

    it('between two tries to connect', async () => {
      const member = create()
      link.refuse()
      member.bus.begin()
      await eventually(() => expect(member.statuses.length).to.be.above(3))
      await closes(member)
    })

    it('while its first beat is under way', async () => {
      const member = create()
      member.bus.begin()
      await eventually(() => {
        if (member.bus.status === 'syncing') {
          link.stall('downstream')
        }
        expect(member.bus.status).not.to.equal('connecting')
      })
      await closes(member)
    })

    it('while its live connection is frozen, with a message and a proof under way', async () => {
      const member = create()
      await member.bus.start()
      link.stall()
      const lost = rejection(invalidate(member, 'x'))
      const proof = member.bus.prove(performance.now(), 60_000)
      await closes(member)
      expect(await lost).to.be.instanceOf(PublishFailedError)
      expect(await proof).to.equal(false)
    })
  })
})
