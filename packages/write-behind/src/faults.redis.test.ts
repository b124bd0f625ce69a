import { eventually, type RedisServer, rejection, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

describe('Write-behind whose Redis is unwell', () => {
  let redis: RedisServer
  let desk: Desk
  let source: Source

  beforeEach(async () => {
    // Where a write that was acknowledged outlives the server.
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    desk = new Desk(redis)
    desk.next()
    source = new Source()
  })
  afterEach(async () => {
    source.release()
    await desk.closing.all()
    await redis.stop()
  })

  const hasty = { writeTimeout: '500ms', redisTimeout: '250ms', connectTimeout: '500ms' } as const

  it('refuses writes and loads while there is none, says why, caches nothing, and goes on when there is one', async () => {
    source.rows.set('a', 'old')
    await redis.kill()
    const { behind } = desk.hire(source, hasty)
    expect(await behind.start()).to.equal(false)
    const refused = await rejection(behind.set('a', 'new'))
    expect(refused).to.include({ code: 'RESCIND_WRITE_REFUSED', id: 'a', mayBeSaved: false })
    expect(refused.message).to.match(/ECONNREFUSED.*will not be saved/)
    const unread = await rejection(behind.region.get('a'))
    expect(unread).to.include({ code: 'RESCIND_QUEUE_UNREACHABLE' })
    expect(String(unread.cause)).to.match(/ECONNREFUSED/)
    expect(behind.region.peek('a')).to.equal(undefined)
    expect(await rejection(behind.backlog())).to.have.property('code', 'RESCIND_DISCONNECTED')
    expect(await rejection(behind.flush({ timeout: 100 }))).to.have.property('code', 'RESCIND_FLUSH_TIMEOUT')
    await redis.restart()
    await eventually(async () => expect(await behind.region.get('a')).to.equal('old'))
    expect(source.calls).to.deep.equal([])
    await eventually(() => behind.set('a', 'new'))
    await behind.flush()
    expect(source.rows.get('a')).to.equal('new')
  })

  it('reads the source while there is none, if it is told to', async () => {
    source.rows.set('a', 'old')
    await redis.kill()
    const { behind } = desk.hire(source, { ...hasty, whenUnreachable: 'source', loadMany: () => new Map([['b', 'b']]) })
    expect(await behind.region.get('a')).to.equal('old')
    expect([...(await behind.region.getMany(['b', 'c']))]).to.deep.equal([['b', 'b']])
  })

  it('says of a write to which a frozen one does not answer that it may be saved, and then saves it', async () => {
    const { behind } = desk.hire(source, hasty)
    await eventually(() => behind.set('a', 1))
    await behind.flush()
    redis.pause()
    const refused = await rejection(behind.set('a', 2))
    expect(refused).to.include({ code: 'RESCIND_WRITE_REFUSED', mayBeSaved: true })
    redis.resume()
    await eventually(() => expect(source.rows.get('a')).to.equal(2))
    await eventually(() => behind.set('a', 3))
    await behind.flush()
    expect(source.rows.get('a')).to.equal(3)
  })

  it('loses nothing that was acknowledged when it is killed, and comes back with what it has on disk', async () => {
    const { behind } = desk.hire(source, { writeTimeout: '1s', batchSize: 10 })
    await behind.start()
    source.hold()
    const acknowledged: number[] = []
    let count = 0
    let ended = false
    const work = async () => {
      while (!ended) {
        const n = count++
        await behind.set(`${n}`, n).then(
          () => acknowledged.push(n),
          () => undefined,
        )
      }
    }
    const workers = Array.from({ length: 10 }, work)
    await eventually(() => expect(acknowledged.length).to.be.above(300))
    await redis.kill()
    const before = acknowledged.length
    await redis.restart()
    source.release()
    await eventually(() => expect(acknowledged.length).to.be.above(before + 300), { withinMs: 15_000 })
    ended = true
    await Promise.all(workers)
    await behind.flush()
    expect(acknowledged.filter((n) => source.rows.get(`${n}`) !== n)).to.deep.equal([])
  })

  it('goes on with an empty one, after all was lost', async () => {
    const { behind } = desk.hire(source)
    const { sequence } = await behind.set('a', 1)
    await behind.flush()
    await redis.command('FLUSHALL')
    const later = await behind.set('a', 2)
    await behind.flush()
    expect(source.rows.get('a')).to.equal(2)
    expect(later.sequence, 'for saves that go by it').to.be.above(sequence)
  })

  it('saves what is in the queue of a full one, and refuses what would need more room', async () => {
    const { behind } = desk.hire(source, { ...hasty, redisTimeout: '2s' })
    source.hold()
    await eventually(() => behind.set('a', 1))
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    const refused = await rejection(behind.set('b', 1))
    expect(refused).to.include({ code: 'RESCIND_WRITE_REFUSED', mayBeSaved: false })
    expect(refused.message).to.match(/OOM/)
    expect(await behind.region.get('a')).to.equal(1)
    source.release()
    await behind.flush()
    expect(source.rows.get('a')).to.equal(1)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await eventually(() => behind.set('b', 1))
  })

  it('refuses writes and loads on a server that was made a replica, which may not know the newest', async () => {
    const other = await startRedis()
    desk.closing.add({ close: () => other.stop() })
    const { behind } = desk.hire(source, hasty)
    await eventually(() => behind.set('a', 1))
    await behind.flush()
    const reader = desk.hire(source, { ...hasty, saves: false })
    expect(await reader.behind.start()).to.equal(true)
    await redis.command('REPLICAOF', other.host, `${other.port}`)
    // Over a connection that goes on as if nothing had happened.
    expect(await rejection(reader.behind.region.get('b'))).to.include({ code: 'RESCIND_QUEUE_UNREACHABLE' })
    const refused = await rejection(behind.set('a', 2))
    expect(refused).to.have.property('code', 'RESCIND_WRITE_REFUSED')
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await eventually(() => behind.set('a', 3))
    await behind.flush()
    expect(source.rows.get('a')).to.equal(3)
  })

  it('lets writes wait for room where too much is unsaved, refuses those that wait too long, and replaces what waits', async () => {
    const patient = desk.hire(source, { maxPending: 3 })
    const impatient = desk.hire(source, { maxPending: 3, writeTimeout: '300ms', saves: false })
    source.hold()
    await Promise.all(['a', 'b', 'c'].map((id) => patient.behind.set(id, 1)))
    // On a slow machine the first answers come after its time.
    await eventually(async () => {
      const refused = await rejection(impatient.behind.set('d', 1))
      expect(refused).to.include({ code: 'RESCIND_WRITE_QUEUE_FULL', id: 'd' })
    })
    await eventually(() => impatient.behind.set('a', 2))
    let written = false
    const waiting = patient.behind.set('d', 3).then(() => {
      written = true
    })
    await patient.behind.set('b', 2)
    expect(written).to.equal(false)
    source.release()
    await waiting
    await patient.behind.flush()
    expect([...source.rows].sort()).to.deep.equal([
      ['a', 2],
      ['b', 2],
      ['c', 1],
      ['d', 3],
    ])
  })

  it('says so when the server may evict what is not saved', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const { behind, events } = desk.hire(source)
    await behind.set('a', 1)
    await eventually(() => {
      const errors = events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
      expect(errors).to.have.nested.property('0.code', 'RESCIND_EVICTION_POLICY')
    })
  })

  it('acknowledges no write of which nobody could be told, and saves it all the same', async () => {
    const [writer, other] = [desk.hire(source, { saves: false }), desk.hire(source)]
    expect(await writer.behind.start()).to.equal(true)
    await writer.cache.close()
    const refused = await rejection(writer.behind.set('a', 1))
    expect(refused).to.include({ code: 'RESCIND_WRITE_REFUSED', mayBeSaved: true })
    expect(refused.cause).to.have.property('code', 'RESCIND_CLOSED')
    await other.behind.flush()
    expect(source.rows.get('a')).to.equal(1)
  })

  it('leaves to others what a process has saved and cannot tell anybody of', async () => {
    source.rows.set('a', 'old')
    const mute = desk.hire(source)
    const reader = desk.hire(source, { saves: false })
    await mute.behind.start()
    expect(await reader.behind.region.get('a')).to.equal('old')
    source.hold()
    await reader.behind.set('a', 'new')
    await eventually(() => expect(source.calls).to.have.length(1))
    await mute.cache.close()
    source.release()
    await eventually(() => expect(mute.events.map(({ type }) => type)).to.include('error'))
    const able = desk.hire(source)
    await able.behind.flush()
    await mute.close()
    expect(source.triesOf('a')).to.deep.equal(['new'])
  })

  it('closes in bounded time whatever Redis does, and leaves nothing connected', async () => {
    const proxy = desk.closing.add(await startProxy(redis))
    const { behind, cache } = desk.hire(source, { ...hasty, redis: proxy.url, saveTimeout: '1s' })
    await eventually(() => behind.set('a', 1))
    await eventually(() => expect(source.rows.get('a')).to.equal(1))
    source.hold()
    await eventually(() => behind.set('a', 2))
    await eventually(() => expect(source.calls.length).to.be.above(1))
    proxy.stall()
    const waiting = rejection(behind.set('b', 1))
    const closing = behind.close()
    expect(behind.close()).to.equal(closing)
    expect(await rejection(behind.set('c', 1))).to.have.property('code', 'RESCIND_CLOSED')
    // Bounded by the test itself: without a bound it would never settle.
    await closing
    expect(await waiting).to.have.property('code', 'RESCIND_WRITE_REFUSED')
    for (const late of [behind.flush(), behind.backlog(), behind.deadLetters()]) {
      expect(await rejection(late)).to.have.property('code', 'RESCIND_CLOSED')
    }
    expect(await behind.start()).to.equal(false)
    await cache.close()
    proxy.heal()
    await eventually(() => expect(proxy.connections).to.equal(0))
  })

  it('does no I/O until it is used, nor when it is closed unused', async () => {
    const proxy = desk.closing.add(await startProxy(redis))
    const { behind } = desk.hire(source, { redis: proxy.url })
    behind.stats()
    expect(behind.region.peek('a')).to.equal(undefined)
    await behind.close()
    await new Promise(setImmediate)
    expect(proxy.accepted).to.equal(0)
  })
})
