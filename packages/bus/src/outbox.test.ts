import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon, { type SinonFakeTimers } from 'sinon'
import {
  ClosedError,
  OutboxOverflowError,
  PublishFailedError,
  PublishTimeoutError,
  RedisRefusedError,
  RedisTimeoutError,
} from './errors.ts'
import { newId } from './ids.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { Outbox } from './outbox.ts'
import type { Session } from './transport.ts'

interface Sent {
  readonly message: Message
  readonly id: string
  readonly retry: boolean
  readonly spare: string | undefined
  accept(): void
  fail(error: Error): void
}

describe('Outbox', () => {
  let clock: SinonFakeTimers
  let sent: Sent[]
  let appended: string[]
  let reported: Error[]
  let session: Session | undefined
  let outbox: Outbox

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    sent = []
    appended = []
    reported = []
    const holding: Pick<Session, 'append'> = {
      append: (message, knownEpoch, retry, spare) =>
        new Promise((resolve, reject) => {
          const position = { epoch: knownEpoch, seq: sent.length }
          const entry: LiveEntry = { position, chain: '', previous: '', id: message.id, message }
          sent.push({ message, id: message.id, retry, spare, accept: () => resolve(entry), fail: reject })
        }),
    }
    session = holding as Session
    outbox = new Outbox({
      publishTimeoutMs: 2_000,
      maxQueued: 1_000,
      maxQueuedBytes: 1_000_000,
      session: () => session,
      knownEpoch: () => 7,
      onAppended: ({ message }) => appended.push(message?.id ?? '?'),
      onRefused: (error) => reported.push(error),
      onOverflow: (error) => reported.push(error),
    })
  })
  afterEach(() => {
    clock.restore()
    sinon.restore()
  })

  const publish = (tag = 't', spare?: string) => {
    const id = newId()
    const message: Message = { kind: 'invalidate-tags', id, origin: 'o', sentAt: 0, confirm: false, tags: [tag] }
    const published = outbox.publish(message, spare)
    // Each test looks at it in its own time.
    published.catch(() => undefined)
    return { id: message.id, published }
  }
  const last = () => sent.at(-1) as Sent
  const lost = new RedisTimeoutError('a script', 250)
  const refused = (transient: boolean) => new RedisRefusedError(new Error('NO'), transient)
  /** Lets promises settle; no time goes by. */
  const settle = () => clock.tickAsync(0)

  it('sends at once, and resolves after the entry was handed over', async () => {
    const { id, published } = publish()
    expect(last()).to.include({ id, retry: false })
    last().accept()
    expect(await published.then(() => [...appended])).to.deep.equal([id])
    expect(outbox.size).to.equal(0)
    expect(clock.countTimers()).to.equal(0)
  })

  it('keeps what it cannot send, and sends it in order once there is a session', async () => {
    const there = session
    session = undefined
    const ids = [publish(), publish(), publish()].map(({ id }) => id)
    expect(sent).to.deep.equal([])
    session = there
    outbox.resume()
    expect(sent.map(({ id }) => id)).to.deep.equal(ids)
  })

  it('tries again under the same id, and says that it may be there already', async () => {
    const { id, published } = publish('t', 'token')
    expect(last()).to.include({ retry: false, spare: 'token' })
    last().fail(lost)
    await settle()
    expect(sent.length).to.equal(1)
    await clock.tickAsync(100)
    expect(sent.length).to.equal(2)
    expect(last()).to.include({ id, retry: true, spare: 'token' })
    last().accept()
    await published
    expect(appended).to.deep.equal([id])
  })

  it('waits longer from failure to failure, and never longer than a second', async () => {
    sinon.stub(Math, 'random').returns(0.999)
    publish()
    const waits: number[] = []
    for (let n = 0; n < 8; n += 1) {
      const failed = sent.length
      last().fail(lost)
      await settle()
      const startedAt = Date.now()
      while (sent.length === failed) {
        await clock.tickAsync(1)
      }
      waits.push(Date.now() - startedAt)
    }
    expect(waits).to.deep.equal([...waits].sort((a, b) => a - b))
    expect([waits[0], waits.at(-1)]).to.deep.equal([99, 999])
  })

  it('does not wait for the pause to end when a new session is there', async () => {
    publish()
    last().fail(lost)
    await settle()
    outbox.resume()
    expect(sent.length).to.equal(2)
    last().accept()
    await clock.tickAsync(2_000)
    expect(sent.length).to.equal(2)
  })

  it('rejects in time but keeps the message, and hands it over when it is acknowledged late', async () => {
    const { id, published } = publish()
    last().fail(lost)
    await clock.tickAsync(1_999)
    expect(sent.length).to.equal(2)
    await clock.tickAsync(1)
    const error = await rejection(published)
    expect(error).to.be.instanceOf(PublishTimeoutError)
    expect(error.cause).to.equal(lost)
    expect(outbox.size).to.equal(1)
    last().accept()
    await settle()
    expect(appended).to.deep.equal([id])
    expect(outbox.size).to.equal(0)
  })

  it('says why there was no session when a message that was never sent is late', async () => {
    session = undefined
    outbox.suspend(lost)
    outbox.suspend(undefined)
    const { published } = publish()
    await clock.tickAsync(2_000)
    expect((await rejection(published)).cause).to.equal(lost)
  })

  it('gives up what the server refuses for good, and tries again what it may accept later', async () => {
    const first = publish()
    last().fail(refused(false))
    expect(await rejection(first.published)).to.be.instanceOf(PublishFailedError)
    expect(outbox.size).to.equal(0)
    const second = publish()
    last().fail(refused(true))
    await clock.tickAsync(100)
    expect(sent.length).to.equal(3)
    last().accept()
    await second.published
  })

  it('reports what is refused after its caller was told that it would be sent, and only that', async () => {
    const { published } = publish()
    last().fail(refused(false))
    await settle()
    expect(reported).to.deep.equal([])
    expect((await rejection(published)).name).to.equal('PublishFailedError')
    const late = publish()
    await clock.tickAsync(2_000)
    expect((await rejection(late.published)).name).to.equal('PublishTimeoutError')
    last().fail(refused(false))
    await settle()
    expect(reported.map(({ name }) => name)).to.deep.equal(['PublishFailedError'])
    expect(outbox.size).to.equal(0)
  })

  it('has 256 messages under way at most, and sends on as they are acknowledged', async () => {
    for (let n = 0; n < 300; n += 1) {
      publish()
    }
    expect(sent.length).to.equal(256)
    for (const one of sent.slice(0, 10)) {
      one.accept()
    }
    await settle()
    expect(sent.length).to.equal(266)
    for (let n = 10; n < sent.length; n += 1) {
      sent[n]?.accept()
      await settle()
    }
    expect(appended.length).to.equal(300)
  })

  for (const [bound, tag, fit] of [
    ['maxQueued messages', 't', 1_000],
    ['maxQueuedBytes', 't'.repeat(99_000), 10],
  ] as const) {
    it(`replaces what waits beyond ${bound} by one message that clears everything, and says so`, async () => {
      const opened = session
      session = undefined
      const all = Array.from({ length: fit }, () => publish(tag))
      expect([outbox.size, reported]).to.deep.equal([fit, []])
      all.push(publish(tag), publish(tag))
      expect(outbox.size).to.equal(1)
      expect(reported.map((error) => error instanceof OutboxOverflowError && error.replaced)).to.deep.equal([fit + 1])
      session = opened
      outbox.resume()
      expect(sent.map(({ message }) => message.kind)).to.deep.equal(['clear-all'])
      last().accept()
      await Promise.all(all.map(({ published }) => published))
      expect(outbox.size).to.equal(0)
    })
  }

  it('does not take a clear that may have been made already for one that covers what comes later', async () => {
    const opened = session
    session = undefined
    const all = Array.from({ length: 1_001 }, () => publish())
    session = opened
    outbox.resume()
    last().fail(lost)
    await settle()
    for (let n = 0; n < 1_001; n += 1) {
      all.push(publish())
    }
    await clock.tickAsync(1_000)
    expect(sent.slice(1).map(({ message, retry }) => [message.kind, retry])).to.deep.equal([
      ['clear-all', true],
      ['clear-all', false],
    ])
    for (const { accept } of sent) {
      accept()
    }
    await Promise.all(all.map(({ published }) => published))
  })

  it('waits, when it is closed, for what is under way', async () => {
    const { id } = publish()
    const closing = outbox.close(1_000)
    expect(await rejection(publish().published)).to.be.instanceOf(ClosedError)
    await clock.tickAsync(500)
    last().accept()
    expect(await closing).to.deep.equal([])
    expect(appended).to.deep.equal([id])
    expect(clock.countTimers()).to.equal(0)
  })

  it('goes on trying while it is closed, and then gives up, leaving no timer', async () => {
    const [first, second] = [publish(), publish()]
    const closing = outbox.close(1_000)
    for (const one of [...sent]) {
      one.fail(lost)
    }
    await clock.tickAsync(999)
    expect(sent.length).to.be.above(2)
    await clock.tickAsync(1)
    expect((await closing).length).to.equal(2)
    for (const { published } of [first, second]) {
      expect(await rejection(published)).to.be.instanceOf(PublishFailedError)
    }
    last().fail(lost)
    await settle()
    expect(clock.countTimers()).to.equal(0)
  })
})
