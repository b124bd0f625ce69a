import { createPublisher } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon from 'sinon'
import { createCache } from './cache.ts'

const HOUR_MS = 3_600_000
/** On a busy machine, a quarter of a second is soon gone. */
const PATIENT = { redisTimeout: '5s', publishTimeout: '20s' } as const

describe('A cache whose connection or clock misbehaves', () => {
  let closing: Closing
  let redis: RedisServer
  let versions: Map<string, number>
  let loads: number

  beforeEach(async () => {
    closing = new Closing()
    redis = await startRedis()
    versions = new Map()
    loads = 0
  })
  afterEach(async () => {
    sinon.restore()
    await closing.all()
    await redis.stop()
  })

  async function join() {
    const flushes: string[] = []
    let connections = 0
    const cache = closing.add(
      createCache({
        name: 'test',
        redis: redis.url,
        heartbeat: '50ms',
        ...PATIENT,
        onEvent: (event) => {
          if (event.type === 'flushed') flushes.push(event.reason)
          if (event.type === 'status' && event.status === 'live') connections += 1
        },
      }),
    )
    const load = (id: string) => {
      loads += 1
      return versions.get(id) ?? 1
    }
    const region = cache.region('r', { load })
    const brief = cache.region('brief', { load, ttl: '200ms', ttlJitter: 0, l2: false })
    expect(await cache.start()).to.equal(true)
    return {
      ...{ cache, region, brief, flushes },
      get connections() {
        return connections
      },
    }
  }

  it('drops what was written and nothing else though every connection is killed 50 times in 5,000 messages', async () => {
    const [a, b] = [await join(), await join()]
    const publisher = closing.add(createPublisher({ name: 'test', redis: redis.url, ...PATIENT }))
    const ids = Array.from({ length: 200 }, (_, n) => `id-${n}`)
    const written = ids.filter((_, n) => n % 10 === 0)
    const kept = ids.filter((id) => !written.includes(id))
    for (const { region } of [a, b]) expect((await region.getMany(ids)).size).to.equal(ids.length)
    const loaded = loads
    // Or they would come back after longer and longer pauses.
    const { random } = Math
    sinon.stub(Math, 'random').callsFake(() => random() / 50)
    for (let kills = 1; kills <= 50; kills += 1) {
      const messages = Array.from({ length: 100 }, (_, n) => written[n % written.length] ?? '')
      for (const id of written) versions.set(id, kills + 1)
      const published: Promise<unknown>[] = []
      let killed: Promise<unknown> = Promise.resolve()
      for (const [n, id] of messages.entries()) {
        published.push(publisher.invalidate({ region: 'r', keys: [id] }))
        if (n === 50) killed = redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
        // Or they would be one message.
        await new Promise(setImmediate)
      }
      expect(await killed, 'subscribers').to.equal(2)
      await Promise.all(published)
      for (const node of [a, b]) await eventually(() => expect(node.connections).to.equal(kills + 1))
    }
    for (const { region, cache, flushes } of [a, b]) {
      await eventually(() => expect(cache.stats().invalidationsApplied).to.equal(5_000))
      expect(written.filter((id) => region.peek(id) !== undefined)).to.deep.equal([])
      expect(kept.filter((id) => region.peek(id) !== 1)).to.deep.equal([])
      const { r: stats } = cache.stats().regions
      expect(stats).to.include({ dropped: written.length, entries: kept.length })
      expect([cache.stats().flushes, flushes]).to.deep.equal([0, ['joined']])
    }
    expect(loads, 'nothing was loaded again').to.equal(loaded)
  })

  it('keeps, trusts and expires as before when the wall clock jumps an hour either way', async () => {
    const [a, b] = [await join(), await join()]
    const { now } = Date
    let aheadMs = 0
    sinon.stub(Date, 'now').callsFake(() => now.call(Date) + aheadMs)
    for (const id of ['kept', 'written']) expect([await a.region.get(id), await b.region.get(id)]).to.deep.equal([1, 1])
    let version = 1
    for (const jumpMs of [HOUR_MS, -HOUR_MS, 0, -HOUR_MS, HOUR_MS]) {
      const loaded = loads
      const begin = performance.now()
      expect(await a.brief.get('x')).to.equal(1)
      aheadMs = jumpMs
      expect([a.region.peek('kept'), a.region.peek('written'), b.region.peek('kept')]).to.deep.equal([1, version, 1])
      expect(a.cache.stats().proofAgeMs).to.be.within(0, 5_000)
      version += 1
      versions.set('written', version)
      await a.region.invalidate('written')
      await eventually(() => expect(b.region.peek('written')).to.equal(undefined))
      expect([await b.region.get('written'), await a.region.get('written')]).to.deep.equal([version, version])
      expect(b.cache.stats()).to.include({ status: 'live', flushes: 0 })
      await eventually(() => expect(a.brief.peek('x')).to.equal(undefined))
      // L1 keeps times in whole milliseconds, rounded down.
      expect(performance.now() - begin, 'its time to live').to.be.at.least(200 - 1)
      expect(loads).to.equal(loaded + 2)
    }
    expect([a.flushes, b.flushes, a.connections, b.connections]).to.deep.equal([['joined'], ['joined'], 1, 1])
  })
})
