import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon, { type SinonFakeTimers } from 'sinon'
import { Members } from './fixtures/members.ts'
import { MemoryHub } from './memory-hub.ts'

describe('Bus', () => {
  let clock: SinonFakeTimers
  let members: Members

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    members = new Members()
  })
  afterEach(async () => {
    await members.close()
    clock.restore()
  })

  it('does nothing before it is used', () => {
    const { bus, statuses } = members.create({ hub: new MemoryHub() })
    expect([bus.status, statuses, clock.countTimers()]).to.deep.equal(['idle', [], 0])
  })

  it('leaves no timer behind when it is closed', async () => {
    const { bus } = await members.start({ hub: new MemoryHub() })
    expect(clock.countTimers()).to.equal(1)
    await bus.close()
    expect(clock.countTimers()).to.equal(0)
  })

  it('begins nothing in the turn in which it is closed, nor later', async () => {
    const { bus, statuses } = members.create({ hub: new MemoryHub() })
    const closing = bus.close()
    expect(await bus.start()).to.equal(false)
    bus.begin()
    await closing
    bus.begin()
    expect([statuses, clock.countTimers()]).to.deep.equal([['closed'], 0])
  })

  it('keeps nothing of a start that took too long', async () => {
    const hub = new MemoryHub()
    hub.open = (_listener, signal?: AbortSignal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const { bus } = members.create({ hub, connectTimeout: '1s' })
    const started = [bus.start(), bus.start()]
    expect(clock.countTimers()).to.equal(3)
    await clock.tickAsync(1_000)
    expect(await Promise.all(started)).to.deep.equal([false, false])
    expect(clock.countTimers()).to.equal(1)
  })

  it('opens another session when it is doubted again after a proof, and not before', async () => {
    const { bus, statuses } = await members.start({ hub: new MemoryHub() })
    await clock.tickAsync(10)
    bus.doubt()
    bus.doubt()
    await clock.tickAsync(10)
    expect(statuses).to.deep.equal(['connecting', 'syncing', 'live'])
    await clock.tickAsync(100)
    bus.doubt()
    await clock.tickAsync(2_000)
    expect(statuses.slice(3)).to.deep.equal(['connecting', 'syncing', 'live'])
  })

  it('has no proof left when it is closed, though a beat was under way, and beats no more once it has left', async () => {
    const hub = new MemoryHub()
    const { open } = hub
    const calls: string[] = []
    let answer = () => {}
    hub.open = async (listener) => {
      const session = await open.call(hub, listener)
      return {
        ...session,
        beat: async (beat) => {
          calls.push('beat')
          const reply = await session.beat(beat)
          await new Promise<void>((resolve) => {
            answer = resolve
          })
          return reply
        },
        leave: async (nodeId) => {
          calls.push('leave')
          await session.leave(nodeId)
          // The reply to a beat that was sent before comes before the reply to this.
          answer()
          await new Promise(setImmediate)
        },
      }
    }
    const { bus } = members.create({ hub, strict: true })
    const started = bus.start()
    await clock.tickAsync(0)
    answer()
    await started
    const proving = bus.prove(Number.POSITIVE_INFINITY, 10)
    const closing = bus.close()
    // Both would beat at once, and the second one once the first was answered.
    bus.doubt()
    bus.doubt()
    await clock.tickAsync(10)
    await Promise.all([proving, closing])
    expect(bus.provenAt).to.equal(Number.NEGATIVE_INFINITY)
    expect(calls.slice(calls.indexOf('leave'))).to.deep.equal(['leave'])
  })
})
