import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

const poisoned = new Error('the row is refused')

describe('The saving of what is written behind', () => {
  let redis: RedisServer
  let desk: Desk
  let source: Source

  before(async () => {
    redis = await startRedis()
    desk = new Desk(redis)
  })
  after(() => redis.stop())
  beforeEach(() => {
    desk.next()
    source = new Source()
  })
  afterEach(async () => {
    source.release()
    await desk.closing.all()
  })

  it('tries again what failed, and nothing else', async () => {
    const { behind, events } = desk.hire(source)
    let failing = 3
    source.fault = (writes) => {
      failing -= 1
      return failing >= 0 && writes.some(({ id }) => id === 'bad') ? new Map([['bad', poisoned]]) : undefined
    }
    await Promise.all(['good', 'bad', 'other'].map((id) => behind.set(id, id)))
    await behind.flush()
    expect(source.triesOf('bad').length).to.be.within(2, 4)
    expect(source.triesOf('good')).to.have.length(1)
    expect([...source.rows.keys()].sort()).to.deep.equal(['bad', 'good', 'other'])
    const retries = events.filter((event) => event.type === 'retry')
    expect(retries.map(({ id, attempts }) => [id, attempts])).to.deep.equal(retries.map((_, n) => ['bad', n + 1]))
  })

  it('gives a write up after so many tries, keeps it with its error, and lets reads see the source again', async () => {
    source.rows.set('bad', 'old')
    const [writer, reader] = [desk.hire(source, { maxAttempts: 3 }), desk.hire(source, { saves: false })]
    source.fault = (writes) => new Map(writes.map(({ id }) => [id, poisoned]))
    const { sequence } = await writer.behind.set('bad', 'new')
    expect(await reader.behind.region.get('bad')).to.be.oneOf(['new', 'old'])
    await writer.behind.flush()
    expect(source.triesOf('bad')).to.deep.equal(['new', 'new', 'new'])
    expect(writer.events.at(-1)).to.deep.include({ type: 'dead', id: 'bad', sequence, attempts: 3, error: poisoned })
    expect(await writer.behind.backlog()).to.deep.include({ pending: 0, retrying: 0, dead: 1 })
    expect(await writer.behind.region.get('bad')).to.equal('old')
    await eventually(async () => expect(await reader.behind.region.get('bad')).to.equal('old'))
    const letters = await writer.behind.deadLetters()
    expect(letters).to.have.length(1)
    expect(letters[0]).to.deep.include({
      id: 'bad',
      value: 'new',
      sequence,
      attempts: 3,
      error: 'Error: the row is refused',
    })
  })

  it('gives up no other write because of one that makes every call fail that it is in', async () => {
    const { behind } = desk.hire(source, { maxAttempts: 8, batchWait: 50 })
    source.fault = (writes) => {
      if (writes.some(({ id }) => id === '40')) {
        throw poisoned
      }
      return undefined
    }
    await Promise.all(Array.from({ length: 100 }, (_, n) => behind.set(`${n}`, n)))
    await behind.flush()
    expect(source.rows.size).to.equal(99)
    expect((await behind.deadLetters()).map(({ id }) => id)).to.deep.equal(['40'])
    expect(source.triesOf('40')).to.have.length(8)
    const alone = source.calls.filter((writes) => writes.length === 1 && writes[0]?.id === '40')
    expect(alone.length).to.be.above(0)
  })

  it('begins anew with a newer value, and at once, where an older one was refused', async () => {
    const { behind } = desk.hire(source, { maxAttempts: 3, retryPause: '1h', maxRetryPause: '1h' })
    source.fault = (writes) => (writes.some(({ value }) => value === 'bad') ? new Map([['a', poisoned]]) : undefined)
    await behind.set('a', 'bad')
    await eventually(async () => expect((await behind.backlog()).retrying).to.equal(1))
    await behind.set('a', 'good')
    await behind.flush()
    expect(source.rows.get('a')).to.equal('good')
    expect(await behind.backlog()).to.deep.include({ pending: 0, retrying: 0, dead: 0 })
  })

  it('does not give up a write for the failures of one that it has replaced meanwhile', async () => {
    const { behind } = desk.hire(source, { maxAttempts: 1 })
    source.hold()
    source.fault = (writes) => (writes.some(({ value }) => value === 'bad') ? new Map([['a', poisoned]]) : undefined)
    await behind.set('a', 'bad')
    await eventually(() => expect(source.calls).to.have.length(1))
    await behind.set('a', 'good')
    source.release()
    await behind.flush()
    expect(source.rows.get('a')).to.equal('good')
    expect(await behind.backlog()).to.deep.include({ pending: 0, dead: 0 })
  })

  it('ends the wait for a call that takes too long, aborts its signal, and tries again', async () => {
    const signals: AbortSignal[] = []
    const { behind, events } = desk.hire(source, {
      saveTimeout: 50,
      save: async (writes, { signal }) => {
        signals.push(signal)
        return signals.length === 1 ? new Promise<undefined>(() => {}) : source.save(writes)
      },
    })
    await behind.set('a', 1)
    await behind.flush()
    expect(source.rows.get('a')).to.equal(1)
    expect(signals[0]?.aborted).to.equal(true)
    const errors = events.map((event) => event.type === 'retry' && event.error)
    expect(errors.some((error) => error instanceof Error && error.name === 'BatchTimeoutError')).to.equal(true)
  })

  it('takes what save returns for what it is, and nothing else for a success', async () => {
    const wrong: unknown = { a: poisoned }
    const { behind, events } = desk.hire(source, {
      maxAttempts: 1,
      save: () => wrong as Map<string, Error>,
    })
    await behind.set('a', 1)
    await behind.flush()
    expect(await behind.backlog()).to.deep.include({ dead: 1 })
    expect(String(events.flatMap((event) => (event.type === 'dead' ? [event.error] : [])))).to.match(/result of save/)
  })

  it('puts a write that was given up back in the queue, or forgets it, when it is told to', async () => {
    const { behind } = desk.hire(source, { maxAttempts: 1 })
    source.fault = (writes) => new Map(writes.map(({ id }) => [id, poisoned]))
    await Promise.all(['a', 'b', 'c'].map((id) => behind.set(id, `${id}1`)))
    await behind.flush()
    source.fault = undefined
    await behind.set('c', 'c2')
    const letters = await behind.deadLetters()
    expect(letters.map(({ id }) => id).sort()).to.deep.equal(['a', 'b', 'c'])
    for (const { id, letter, value } of letters) {
      if (id === 'a') {
        await behind.set(id, value)
      }
      await behind.discard([letter])
    }
    await behind.flush()
    expect([...source.rows]).to.have.deep.members([
      ['a', 'a1'],
      ['c', 'c2'],
    ])
    expect((await behind.backlog()).dead).to.equal(0)
  })
})
