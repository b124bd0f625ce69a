import { PublishFailedError, PublishTimeoutError } from '@rescind/bus'
import { InvalidArgumentError } from '@rescind/options'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon, { type SinonFakeTimers } from 'sinon'
import { FakePublisher } from './fixtures/fake-publisher.ts'
import { MemorySource } from './fixtures/memory-source.ts'
import { createRelay, type Relay } from './relay.ts'
import type { RelayEvent } from './relay-event.ts'
import type { RelayOptions } from './relay-options.ts'

describe('A relay', () => {
  let clock: SinonFakeTimers
  let source: MemorySource
  let publisher: FakePublisher
  let events: RelayEvent[]
  let relay: Relay

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    source = new MemorySource()
    publisher = new FakePublisher()
    events = []
    relay = create()
  })
  afterEach(async () => {
    await Promise.all([relay.close(), clock.tickAsync(5_000)])
    clock.restore()
  })

  function create(more: Partial<RelayOptions> = {}): Relay {
    return createRelay({ source, publisher, onEvent: (event) => events.push(event), ...more })
  }

  async function started(more: Partial<RelayOptions> = {}): Promise<void> {
    relay = create(more)
    expect(await relay.start()).to.equal(true)
    await clock.tickAsync(0)
  }

  async function write(...keys: string[]): Promise<void> {
    const writing = source.begin()
    for (const key of keys) await writing.write(key)
    await writing.commit()
    await clock.tickAsync(0)
  }

  const ofType = (type: RelayEvent['type']) => events.filter((event) => event.type === type)
  const left = () => source.rows.map(({ row }) => Object(row.names)[0])

  it('does nothing before it is started', async () => {
    await write('a')
    await clock.tickAsync(60_000)
    expect([source.opened, publisher.calls, relay.stats().status]).to.deep.equal([0, 0, 'idle'])
  })

  it('broadcasts what is there and what comes, removes it, and counts it', async () => {
    await write('a', 'b')
    await started()
    await write('c')
    expect(publisher.said).to.deep.equal([['a', 'b'], ['c']])
    expect(left()).to.deep.equal([])
    expect(relay.stats()).to.deep.include({ status: 'live', relayed: 3, postponed: 0 })
    expect(ofType('relayed')).to.deep.equal([
      { type: 'relayed', rows: 2 },
      { type: 'relayed', rows: 1 },
    ])
  })

  it('removes rows only when their broadcast is acknowledged', async () => {
    let acknowledge = () => {}
    publisher.held = new Promise((resolve) => {
      acknowledge = resolve
    })
    await started()
    await write('a')
    expect([publisher.calls, left()]).to.deep.equal([1, ['a']])
    acknowledge()
    await clock.tickAsync(0)
    expect(left()).to.deep.equal([])
  })

  it('takes as many at once as it may, and goes on until none is left', async () => {
    await write('a', 'b', 'c', 'd', 'e')
    await started({ batchSize: 2 })
    expect(publisher.said).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']])
  })

  it('takes what was committed while it was busy with others as soon as it is done with them', async () => {
    let acknowledge = () => {}
    publisher.held = new Promise((resolve) => {
      acknowledge = resolve
    })
    await started({ pollInterval: '1h' })
    await write('a')
    await write('b')
    acknowledge()
    await clock.tickAsync(0)
    expect(publisher.said).to.deep.equal([['a'], ['b']])
  })

  it('finds what nothing woke it for when it looks again', async () => {
    await started({ pollInterval: '3s' })
    source.silent = true
    await write('a')
    await clock.tickAsync(2_900)
    expect(publisher.said).to.deep.equal([])
    await clock.tickAsync(200)
    expect(publisher.said).to.deep.equal([['a']])
  })

  it('says what stands in the outbox, and how old it is, as of the last second', async () => {
    publisher.fail = () => new PublishTimeoutError(2_000, undefined)
    await started()
    expect(relay.stats().backlog).to.deep.equal({ pending: 0, dead: 0, oldestMs: 0 })
    await write('a', 'b')
    await clock.tickAsync(60_000)
    const { pending, oldestMs } = relay.stats().backlog ?? { pending: 0, oldestMs: 0 }
    expect(pending).to.equal(2)
    expect(oldestMs).to.be.within(50_000, 60_000)
  })

  it('connects again when the connection is lost, and says why it was', async () => {
    await started()
    source.cut()
    await write('a')
    await clock.tickAsync(100)
    expect(publisher.said).to.deep.equal([['a']])
    expect(ofType('status').map((event) => Object(event).status)).to.deep.equal([
      'connecting',
      'live',
      'connecting',
      'live',
    ])
    expect(events).to.deep.include.members(ofType('error'))
    expect(Object(ofType('error')[0]).error.cause.message).to.equal('cut')
  })

  it('goes on trying to connect, ever less often, and not more often than every few seconds at last', async () => {
    source.unreachable = new Error('refused')
    relay = create({ connectTimeout: '1s' })
    const start = relay.start()
    await clock.tickAsync(1_000)
    expect(await start).to.equal(false)
    await clock.tickAsync(600_000)
    const tries = ofType('error').length
    expect(tries).to.be.within(120, 600)
    source.unreachable = undefined
    await clock.tickAsync(5_000)
    expect(await relay.start()).to.equal(true)
  })

  it('keeps rows that Redis has not acknowledged, and queues no more behind them until they are out', async () => {
    await started()
    publisher.fail = () => new PublishTimeoutError(2_000, undefined)
    publisher.queued = 1
    await write('a')
    await clock.tickAsync(20_000)
    expect([publisher.calls, left()]).to.deep.equal([1, ['a']])
    publisher.queued = 0
    publisher.fail = () => undefined
    await clock.tickAsync(200)
    expect([publisher.said, left()]).to.deep.equal([[['a']], []])
    expect(relay.stats().relayed).to.equal(1)
  })

  it('does not wait for ever for a publisher that others keep busy', async () => {
    await started()
    publisher.queued = 1
    publisher.fail = () => new PublishTimeoutError(2_000, undefined)
    await write('a')
    publisher.fail = () => undefined
    await clock.tickAsync(31_000)
    expect(left()).to.deep.equal([])
  })

  it('gives up a broadcast that takes too long, so that others may have its rows', async () => {
    await started()
    publisher.held = new Promise(() => {})
    await write('a')
    publisher.held = Promise.resolve()
    expect(left()).to.deep.equal(['a'])
    await clock.tickAsync(10_200)
    expect([publisher.calls, left()]).to.deep.equal([2, []])
    expect(Object(ofType('error')[0]).error.message).to.equal('Broadcasting took longer than 10000 ms')
  })

  it('puts a row that says nothing aside, tells of it once, and broadcasts the others', async () => {
    const bad = [
      { kind: 'forget', region: 'r', names: ['x'], versions: null },
      { kind: 'invalidate', region: 'r:x', names: ['x'], versions: null },
      { kind: 'invalidate', region: null, names: ['x'], versions: null },
      { kind: 'invalidate', region: 'r', names: ['x'.repeat(1_025)], versions: null },
      { kind: 'invalidate-tags', region: null, names: 'x', versions: null },
      { kind: 'clear', region: null, names: [null], versions: null },
      { kind: 'bump', region: 'r', names: ['x', 'y'], versions: ['1'] },
      { kind: 'bump', region: 'r', names: ['x'], versions: ['-1'] },
    ]
    for (const row of bad) source.add(row).committed = true
    await write('good')
    await started()
    await clock.tickAsync(120_000)
    expect(publisher.said).to.deep.equal([['good']])
    const dead = ofType('dead').map((event) => Object(event))
    expect(dead.map(({ row: { id, attempts, ...row } }) => row)).to.deep.equal(bad)
    for (const { error } of dead) expect(error).to.match(/ must be .*; received /)
    expect(relay.stats().backlog).to.deep.include({ pending: 0, dead: bad.length })
  })

  it('broadcasts every kind of row', async () => {
    const rows = [
      { kind: 'bump', region: 'r', names: ['x', 'y'], versions: ['1', `${2n ** 63n - 1n}`] },
      { kind: 'invalidate-tags', region: null, names: ['t'], versions: null },
      { kind: 'clear', region: null, names: ['r'], versions: null },
      { kind: 'clear-all', region: null, names: [], versions: null },
    ]
    for (const row of rows) source.add(row).committed = true
    await started()
    expect(publisher.said).to.deep.equal([rows.map(({ kind }) => kind)])
  })

  it('postpones a row that Redis refuses for itself, ever longer, and broadcasts the others at once', async () => {
    publisher.fail = (names) => (names.includes('bad') ? new PublishFailedError('no permission') : undefined)
    await started()
    await write('a', 'bad', 'b')
    expect(publisher.said).to.deep.equal([['a'], ['b']])
    await clock.tickAsync(200_000)
    const waits = ofType('postponed').map((event) => Object(event).forMs)
    expect(waits.slice(0, 8)).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    publisher.fail = () => undefined
    await clock.tickAsync(61_000)
    expect([publisher.said.at(-1), left()]).to.deep.equal([['bad'], []])
  })

  it('pauses between batches where Redis refuses everything, and loses none', async () => {
    publisher.fail = () => new PublishFailedError('no permission')
    await write(...Array.from({ length: 100 }, (_, n) => `${n}`))
    await started({ batchSize: 10 })
    expect(publisher.calls).to.equal(11)
    await clock.tickAsync(120_000)
    publisher.fail = () => undefined
    await clock.tickAsync(120_000)
    expect(left()).to.deep.equal([])
    expect(publisher.said.flat()).to.have.lengthOf(100)
  })

  it('finishes the rows in hand when it is closed, takes no others, and leaves no timer', async () => {
    let acknowledge = () => {}
    publisher.held = new Promise((resolve) => {
      acknowledge = resolve
    })
    await started({ batchSize: 1 })
    await write('a', 'b')
    const closed = [relay.close(), relay.close()]
    await clock.tickAsync(1_000)
    expect(left()).to.deep.equal(['a', 'b'])
    acknowledge()
    await clock.tickAsync(0)
    await Promise.all(closed)
    expect([publisher.said, left()]).to.deep.equal([[['a']], ['b']])
    expect([relay.stats().status, clock.countTimers()]).to.deep.equal(['closed', 0])
  })

  it('leaves the rows in hand to others when they take too long to finish', async () => {
    publisher.held = new Promise(() => {})
    await started()
    await write('a')
    let closed = false
    const closing = relay.close().then(() => {
      closed = true
    })
    await clock.tickAsync(2_900)
    expect(closed).to.equal(false)
    await clock.tickAsync(200)
    await closing
    expect(source.rows.map(({ takenBy }) => takenBy)).to.deep.equal([undefined])
  })

  it('is closed at once while it waits, for whatever', async () => {
    await started()
    await relay.close()
    source.unreachable = new Error('refused')
    relay = create()
    const start = relay.start()
    await clock.tickAsync(0)
    await relay.close()
    expect(await start).to.equal(false)
    relay = create()
    await relay.close()
    expect(await relay.start()).to.equal(false)
    expect(clock.countTimers()).to.equal(0)
  })

  it('survives a listener that throws', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    clock.restore()
    relay = create({
      onEvent: () => {
        throw new Error('of the listener')
      },
    })
    await relay.start()
    expect((await warned).message).to.equal('onEvent threw: of the listener')
    await relay.close()
    clock = sinon.useFakeTimers()
  })

  const wrong: readonly [what: string, options: object, argument: string][] = [
    ['no source', { source: undefined }, 'source'],
    ['no publisher', { publisher: {} }, 'publisher'],
    ['no batch', { batchSize: 0 }, 'batchSize'],
    ['a poll that is too short', { pollInterval: 1 }, 'pollInterval'],
    ['a listener that is none', { onEvent: 'x' }, 'onEvent'],
    ['a misspelt option', { poll: '1s' }, 'options'],
  ]
  for (const [what, options, argument] of wrong) {
    it(`refuses ${what}`, () => {
      expect(() => create(options as never))
        .to.throw(InvalidArgumentError)
        .and.include({ argument })
    })
  }
})
