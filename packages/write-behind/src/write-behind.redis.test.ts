import { valueKey } from '@rescind/bus'
import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

describe('Write-behind', () => {
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

  it('acknowledges a write before it is saved, and saves it then', async () => {
    const { behind } = desk.hire(source)
    source.hold()
    const { token, sequence } = await behind.set('a', 1)
    expect(token).to.match(/^\w+\.\w+\.\w+$/)
    expect(source.rows.has('a')).to.equal(false)
    await eventually(() => expect(source.calls).to.deep.equal([[{ id: 'a', value: 1, sequence }]]))
    source.release()
    await behind.flush()
    expect(source.rows.get('a')).to.equal(1)
    expect(await behind.backlog()).to.deep.equal({ pending: 0, retrying: 0, dead: 0, oldestMs: 0 })
  })

  it('shows the write to reads in every process while it is not saved, whatever is cached or cleared', async () => {
    source.rows.set('a', 'old')
    const [writer, reader] = [desk.hire(source), desk.hire(source, { saves: false })]
    source.hold()
    expect([await writer.behind.region.get('a'), await reader.behind.region.get('a')]).to.deep.equal(['old', 'old'])
    const { token } = await writer.behind.set('a', 'new')
    expect(await writer.behind.region.get('a')).to.equal('new')
    expect(await reader.behind.region.get('a', { after: token })).to.equal('new')
    await reader.cache.clear()
    await redis.command('DEL', valueKey(desk.name, 'r', 'a'))
    expect(await reader.behind.region.get('a', { fresh: true })).to.equal('new')
    const late = desk.hire(source, { saves: false })
    expect(await late.behind.region.get('a')).to.equal('new')
    expect(source.rows.get('a')).to.equal('old')
  })

  it('asks for many at once what is not saved, and the source only for the rest', async () => {
    const asked: (readonly string[])[] = []
    const { behind } = desk.hire(source, {
      loadMany: (ids) => {
        asked.push(ids)
        return new Map(ids.map((id) => [id, `source ${id}`]))
      },
    })
    source.hold()
    await Promise.all([behind.set('a', 'new'), behind.set('none', undefined)])
    const values = await behind.region.getMany(['a', 'b', 'none'])
    expect([...values]).to.deep.equal([
      ['a', 'new'],
      ['b', 'source b'],
    ])
    expect(asked).to.deep.equal([['b']])
  })

  it('saves only the newest value of a key that is written faster than it is saved, and never an older one after it', async () => {
    const { behind } = desk.hire(source)
    source.hold()
    await behind.set('a', 0)
    await eventually(() => expect(source.calls).to.have.length(1))
    for (let n = 1; n <= 50; n += 1) {
      await behind.set('a', n)
    }
    source.release()
    await behind.flush()
    expect(source.triesOf('a')).to.deep.equal([0, 50])
    expect(source.rows.get('a')).to.equal(50)
    expect(behind.stats()).to.deep.include({ acknowledged: 51, coalesced: 50, saved: 2 })
  })

  it('keeps the order of the calls of one process, also of those that nobody has waited for', async () => {
    const { behind } = desk.hire(source, { compressAbove: 100 })
    // The long ones take longer to pack.
    const values = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? `${n} `.repeat(20_000) : `${n}`))
    const receipts = await Promise.all(values.map((value) => behind.set('a', value)))
    await behind.flush()
    expect(source.rows.get('a')).to.equal(values.at(-1))
    const sequences = receipts.map(({ sequence }) => sequence)
    expect(sequences).to.deep.equal([...sequences].sort((a, b) => a - b))
  })

  it('shares the saving among the processes, and each key is saved by one at a time', async () => {
    const clerks = [desk.hire(source, { batchSize: 10 }), desk.hire(source, { batchSize: 10 })]
    const [first] = clerks
    await Promise.all(clerks.map(({ behind }) => behind.start()))
    source.hold()
    await Promise.all(Array.from({ length: 100 }, (_, n) => first?.behind.set(`${n}`, n)))
    await eventually(() => expect(source.calls.length).to.equal(2))
    const inHand = source.calls.flat().map(({ id }) => id)
    expect(new Set(inHand).size).to.equal(inHand.length)
    source.release()
    await first?.behind.flush()
    expect(source.rows.size).to.equal(100)
    expect(clerks.map(({ behind }) => behind.stats().saved).every((saved) => saved > 0)).to.equal(true)
  })

  it('carries values exactly, and refuses what it cannot carry', async () => {
    const { behind } = desk.hire(source)
    const value = { at: new Date(5), of: new Map([[1n, new Set([-0])]]), bytes: Buffer.from('x'), none: undefined }
    await behind.set('a', value)
    await behind.flush()
    expect(source.rows.get('a')).to.deep.equal(value)
    class Price {}
    const refused = await behind.set('a', { price: new Price() }).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'RESCIND_WRITE_REFUSED', mayBeSaved: false })
    expect(String(refused)).to.match(/price/)
    expect(await behind.region.get('a')).to.deep.equal(value)
  })

  it('reads what the source has made of it, once it is saved', async () => {
    const [writer, reader] = [desk.hire(source), desk.hire(source, { saves: false })]
    source.stored = (value) => `${value}, by a trigger`
    source.hold()
    await writer.behind.set('a', 'value')
    expect([await writer.behind.region.get('a'), await reader.behind.region.get('a')]).to.deep.equal(['value', 'value'])
    source.release()
    await writer.behind.flush()
    expect(await writer.behind.region.get('a')).to.equal('value, by a trigger')
    await eventually(async () => expect(await reader.behind.region.get('a')).to.equal('value, by a trigger'))
  })

  it('tells of its progress', async () => {
    const { behind, events } = desk.hire(source)
    source.hold()
    await Promise.all([behind.set('a', 1), behind.set('b', 2)])
    const { pending, oldestMs } = await behind.backlog()
    expect(pending).to.equal(2)
    await eventually(async () => expect((await behind.backlog()).oldestMs).to.be.above(oldestMs))
    await eventually(() => expect(behind.stats().inFlight).to.be.above(0))
    source.release()
    await behind.flush()
    await eventually(() => {
      const ids = events.flatMap((event) => (event.type === 'saved' ? event.ids : []))
      expect(ids.sort()).to.deep.equal(['a', 'b'])
    })
    expect(behind.stats().inFlight).to.equal(0)
  })
})
