import { ValueBytes } from '@rescind/client/internal'
import { eventually, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Seat } from './fixtures/seat.ts'
import { Source } from './fixtures/source.ts'
import { Saver } from './saver.ts'

const HOUR = 3_600_000

describe('The processes that save what is written behind', () => {
  const bytes = new ValueBytes<unknown>({ load: () => undefined })
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

  const seat = (consumer: string) => desk.closing.add(new Seat(redis, desk.name, consumer))

  it('take over from one that is cut off, whose late save changes nothing where it goes by the sequence', async () => {
    const rows = new Map<string, { readonly value: unknown; readonly sequence: number }>()
    source.fault = (writes) => {
      for (const { id, value, sequence } of writes) {
        if (sequence > (rows.get(id)?.sequence ?? 0)) {
          rows.set(id, { value, sequence })
        }
      }
      return undefined
    }
    const proxy = desk.closing.add(await startProxy(redis))
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let holding = false
    const cutOff = desk.hire(source, {
      redis: proxy.url,
      saveTimeout: '1s',
      redisTimeout: '200ms',
      save: async (writes) => {
        holding = true
        await held
        return source.save(writes)
      },
    })
    const writer = desk.hire(source, { saves: false })
    await cutOff.behind.start()
    await writer.behind.set('a', 1)
    await eventually(() => expect(holding).to.equal(true))
    proxy.blackhole()
    const relief = desk.hire(source, { saveTimeout: '1s' })
    await relief.behind.flush()
    await writer.behind.set('a', 2)
    await relief.behind.flush()
    letGo()
    await eventually(() => expect(source.triesOf('a')).to.deep.equal([1, 2, 1]))
    expect(rows.get('a')?.value).to.equal(2)
    proxy.heal()
    proxy.cut()
    await eventually(async () => expect(await cutOff.behind.backlog()).to.include({ pending: 0 }), { withinMs: 10_000 })
    expect(await redis.command('XLEN', desk.key('queue'))).to.equal(0)
  })

  it('call save for nothing that they do not hold any more, when the calls before have taken long', async () => {
    const seats = [seat('first'), seat('other')] as const
    const [first, other] = [await seats[0].queue(), await seats[1].queue()]
    await first.enqueue(await Promise.all(['a', 'b'].map(async (id) => [id, await bytes.encode(id)] as const)), 10)
    let aheadMs = 0
    const stolen: string[] = []
    const saver = new Saver<unknown>({
      region: 'r',
      line: seats[0].line,
      bytes,
      save: async (writes) => {
        source.calls.push(writes)
        // A pause of the process, in which another one takes over what is left.
        aheadMs += 1_900
        const [, taken] = await other.take(10, 0, HOUR, '0-0')
        stolen.push(...taken.map(({ id }) => id))
      },
      invalidate: async () => {},
      emit: () => {},
      clock: () => performance.now() + aheadMs,
      // Each write goes alone.
      batchSize: 10,
      maxAttempts: 1,
      batchWaitMs: 20,
      saveTimeoutMs: 1_000,
      leaseMs: 2_000,
      retryPauseMs: 1,
      maxRetryPauseMs: 1,
    })
    desk.closing.add({ close: () => saver.stop() })
    saver.start()
    await eventually(() => expect(stolen).to.deep.equal(['a', 'b']))
    await eventually(() => expect(saver.inFlight).to.equal(0))
    await saver.stop()
    expect(source.calls.map((writes) => writes.map(({ id }) => id))).to.deep.equal([['a']])
    const [, still] = await other.take(10, HOUR, HOUR, '0-0')
    expect(still.map(({ id }) => id)).to.deep.equal(['a', 'b'])
  })

  it('give back at once, when they close, what they have not begun to save', async () => {
    const leaving = desk.hire(source, { saveTimeout: '1h', batchWait: '1m' })
    await leaving.behind.start()
    await leaving.behind.set('a', 1)
    await eventually(async () =>
      expect(await redis.command('XPENDING', desk.key('queue'), 'savers')).to.have.property('0', 1),
    )
    await leaving.behind.close()
    expect(source.calls).to.deep.equal([])
    const staying = desk.hire(source, { saveTimeout: '1h' })
    await staying.behind.flush()
    expect(source.rows.get('a')).to.equal(1)
    await staying.close()
    expect(await redis.command('XINFO', 'CONSUMERS', desk.key('queue'), 'savers')).to.deep.equal([])
  })

  it('finish the call under way when they close, and all that is unsaved if that is quick', async () => {
    const { behind } = desk.hire(source, { batchSize: 10 })
    await Promise.all(Array.from({ length: 100 }, (_, n) => behind.set(`${n}`, n)))
    await behind.close()
    expect(source.rows.size).to.equal(100)
    expect(await redis.command('EXISTS', desk.key('pending'), desk.key('sequences'))).to.equal(0)
  })

  it('give up a write that each of them died of', async () => {
    const writer = desk.hire(source, { saves: false })
    await writer.behind.set('deadly', 1)
    for (const consumer of ['first', 'second', 'third']) {
      const queue = await seat(consumer).queue()
      const [, taken] = await queue.take(10, 0, HOUR, '0-0')
      expect(taken.map(({ id }) => id)).to.deep.equal(['deadly'])
    }
    const last = desk.hire(source, { maxAttempts: 2, saveTimeout: 10 })
    await last.behind.flush()
    expect(source.calls).to.deep.equal([])
    const [letter] = await last.behind.deadLetters()
    expect(letter).to.deep.include({ id: 'deadly', value: 1 })
    expect(letter?.error).to.match(/^SaversLostError/)
  })

  it('tell the caches of what another one has saved, and then died', async () => {
    source.rows.set('a', 'old')
    const reader = desk.hire(source, { saves: false })
    const [writing, dying] = [await seat('writing').queue(), await seat('dying').queue()]
    // Its writer died before it told anybody.
    expect(await reader.behind.region.get('a')).to.equal('old')
    await writing.enqueue([['a', await bytes.encode('new')]], 10)
    const [, [taken]] = await dying.take(10, HOUR, HOUR, '0-0')
    source.rows.set('a', 'new')
    expect(taken && (await dying.settle([{ taken, what: 'saved' }]))).to.deep.equal(['cleared'])
    expect(await reader.behind.region.get('a')).to.equal('old')
    const heir = desk.hire(source, { saveTimeout: 10 })
    await heir.behind.flush()
    expect(source.calls).to.deep.equal([])
    await eventually(async () => expect(await reader.behind.region.get('a')).to.equal('new'))
    expect(await redis.command('XLEN', desk.key('queue'))).to.equal(0)
  })

  it('save what is in the queue though its stream was lost', async () => {
    const { behind } = desk.hire(source)
    source.hold()
    await behind.set('a', 1)
    await eventually(() => expect(source.calls).to.have.length(1))
    await behind.set('b', 2)
    await redis.command('DEL', desk.key('queue'))
    source.release()
    await behind.flush()
    expect([...source.rows]).to.deep.equal([
      ['a', 1],
      ['b', 2],
    ])
  })

  it('try again in time what waits for another try, also after the clock of Redis was put back', async () => {
    const { behind } = desk.hire(source, { saves: false })
    await behind.set('a', 1)
    const queue = await seat('first').queue()
    const [, [taken]] = await queue.take(10, HOUR, HOUR, '0-0')
    expect(
      taken && (await queue.settle([{ taken, what: 'retry', attempts: 1, error: '', pauseMs: HOUR }])),
    ).to.deep.equal(['waits'])
    expect((await queue.take(10, HOUR, HOUR, '0-0'))[1]).to.deep.equal([])
    const [, again] = await queue.take(10, HOUR, HOUR - 60_000, '0-0')
    expect(again.map(({ id, attempts }) => [id, attempts])).to.deep.equal([['a', 1]])
  })

  it('refuse a write that comes late, over a connection that its process has given up', async () => {
    const [before, since] = [await seat('writer').queue(), await seat('writer').queue()]
    expect(await since.enqueue([['a', Buffer.from('new')]], 10)).to.have.length(1)
    expect(await before.enqueue([['a', Buffer.from('late')]], 10)).to.deep.equal([])
    expect((await since.look(['a'])).map(String)).to.deep.equal(['new'])
  })

  it('put nobody to death who lives, and forget who died with nothing in hand', async () => {
    const consumers = async () => String(await redis.command('XINFO', 'CONSUMERS', desk.key('queue'), 'savers'))
    const { behind } = desk.hire(source, { saves: false })
    await behind.set('a', 1)
    const [holder, empty, newcomer] = await Promise.all(['holder', 'empty', 'newcomer'].map((who) => seat(who).queue()))
    await holder?.take(10, HOUR, HOUR, '0-0')
    await empty?.take(10, HOUR, HOUR, '0-0')
    expect(await consumers())
      .to.match(/holder/)
      .and.match(/empty/)
    await eventually(async () => {
      await newcomer?.join('again', 0)
      expect(await consumers())
        .to.match(/holder/)
        .and.not.match(/empty/)
    })
  })
})
