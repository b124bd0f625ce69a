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
})
