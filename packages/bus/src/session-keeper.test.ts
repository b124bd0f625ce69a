import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon, { type SinonFakeTimers } from 'sinon'
import { SessionKeeper } from './session-keeper.ts'
import type { Session, SessionListener, Transport } from './transport.ts'

interface Opening {
  readonly listener: SessionListener
  readonly signal: AbortSignal | undefined
  /** Resolves the call with a session, whose number this is. */
  open(): Session
  fail(error: Error): void
}

describe('SessionKeeper', () => {
  let clock: SinonFakeTimers
  let openings: Opening[]
  let told: string[]
  let keeper: SessionKeeper

  const transport: Transport = {
    open: (listener, signal) =>
      new Promise((resolve, reject) => {
        const session: Pick<Session, 'close'> = { close: async () => listener.onClose(undefined) }
        signal?.addEventListener('abort', () => reject(new Error('aborted')))
        openings.push({
          listener,
          signal,
          open: () => {
            resolve(session as Session)
            return session as Session
          },
          fail: reject,
        })
      }),
  }

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    sinon.stub(Math, 'random').returns(0.999)
    openings = []
    told = []
    keeper = new SessionKeeper(
      transport,
      { onOpen: () => told.push('open'), onLost: (cause) => told.push(`lost: ${cause?.message}`) },
      () => Date.now(),
    )
  })
  afterEach(() => {
    clock.restore()
    sinon.restore()
  })

  const last = () => openings.at(-1) as Opening
  const settle = () => clock.tickAsync(0)
  /** The milliseconds until the next try. */
  const untilNextTry = async () => {
    const tries = openings.length
    const startedAt = Date.now()
    while (openings.length === tries) {
      await clock.tickAsync(1)
    }
    return Date.now() - startedAt
  }

  it('opens one session, however often it is started', async () => {
    keeper.start()
    keeper.start()
    expect(openings.length).to.equal(1)
    expect(keeper.session).to.equal(undefined)
    const session = last().open()
    await settle()
    keeper.start()
    expect(keeper.session).to.equal(session)
    expect([openings.length, told]).to.deep.equal([1, ['open']])
  })

  it('tries again after pauses that grow up to a second', async () => {
    keeper.start()
    const pauses: number[] = []
    for (let n = 0; n < 8; n += 1) {
      last().fail(new Error('refused'))
      await settle()
      pauses.push(await untilNextTry())
    }
    expect(pauses).to.deep.equal([...pauses].sort((a, b) => a - b))
    expect([pauses[0], pauses.at(-1)]).to.deep.equal([99, 999])
    expect(told).to.deep.equal(Array.from({ length: 8 }, () => 'lost: refused'))
  })

  it('opens the next session when one is lost, soon if that one had lasted', async () => {
    keeper.start()
    for (let n = 0; n < 5; n += 1) {
      last().fail(new Error('refused'))
      await settle()
      await untilNextTry()
    }
    last().open()
    await clock.tickAsync(2_000)
    last().listener.onClose(new Error('cut'))
    expect(keeper.session).to.equal(undefined)
    expect(await untilNextTry()).to.equal(99)
    const next = last().open()
    await settle()
    expect(keeper.session).to.equal(next)
    expect(told.slice(-3)).to.deep.equal(['open', 'lost: cut', 'open'])
  })

  it('pauses longer and longer between sessions that end at once', async () => {
    keeper.start()
    const pauses: number[] = []
    for (let n = 0; n < 4; n += 1) {
      last().open()
      await settle()
      last().listener.onClose(undefined)
      pauses.push(await untilNextTry())
    }
    expect(pauses).to.deep.equal([99, 199, 399, 799])
  })

  it('never shows a session that ended in the moment it opened', async () => {
    keeper.start()
    last().open()
    last().listener.onClose(new Error('cut'))
    await settle()
    expect(keeper.session).to.equal(undefined)
    expect(told).to.deep.equal(['lost: cut'])
    await untilNextTry()
  })

  it('ends the session when it is closed, and opens no other', async () => {
    keeper.start()
    last().open()
    await settle()
    await keeper.close()
    expect(keeper.session).to.equal(undefined)
    keeper.start()
    expect([openings.length, told, clock.countTimers()]).to.deep.equal([1, ['open'], 0])
  })

  it('breaks off, when it is closed, the try that is under way', async () => {
    keeper.start()
    await keeper.close()
    expect(last().signal?.aborted).to.equal(true)
    expect([told, clock.countTimers()]).to.deep.equal([[], 0])
  })

  it('closes a session that opens although it is closed', async () => {
    keeper.start()
    const session = last().open()
    const close = sinon.spy(session, 'close')
    await keeper.close()
    expect(close.callCount).to.equal(1)
    expect(told).to.deep.equal([])
  })

  it('stops waiting for its next try when it is closed', async () => {
    keeper.start()
    last().fail(new Error('refused'))
    await settle()
    expect(clock.countTimers()).to.equal(1)
    await keeper.close()
    expect(clock.countTimers()).to.equal(0)
  })
})
