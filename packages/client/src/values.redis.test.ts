import { isDeepStrictEqual } from 'node:util'
import { valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import type { RegionOptions } from './region-options.ts'

const name = 'test'

class Money {
  readonly cents: bigint

  constructor(cents: bigint) {
    this.cents = cents
  }
}

describe('A value that another process loaded', () => {
  const closing = new Closing()
  let server: RedisServer
  let events: CacheEvent[] = []

  before(async () => {
    server = await startRedis()
  })

  beforeEach(async () => {
    await server.command('FLUSHALL')
    events = []
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  async function join<V>(region: RegionOptions<V>) {
    const onEvent = (event: CacheEvent) => events.push(event)
    const cache = closing.add(createCache({ name, redis: server.url, onEvent }))
    const r = cache.region('r', region)
    await cache.start()
    return { cache, r, l2Hits: () => cache.stats().total.l2Hits }
  }

  const filled = (id = 'a') =>
    eventually(async () => expect(await server.command('EXISTS', valueKey(name, 'r', id))).to.equal(1))

  it('is what that process has, down to -0, Map and undefined keys', async () => {
    const values: Readonly<Record<string, unknown>> = {
      record: { a: undefined, b: null, c: [-0, Number.NaN, 2n ** 80n], d: new Date(0) },
      map: new Map<unknown, unknown>([[{ id: 1 }, new Set(['a', { b: -0 }])]]),
      bytes: [Buffer.from('a'), Uint8Array.from([1]), new Float64Array([-0])],
      proto: JSON.parse('{"__proto__": {"a": 1}}'),
      text: '\ud800',
      zero: -0,
    }
    const region: RegionOptions<unknown> = { load: async (id) => values[id] }
    const [one, two] = [await join(region), await join(region)]
    for (const [id, value] of Object.entries(values)) {
      expect(await one.r.get(id)).to.equal(value)
      await filled(id)
      expect(isDeepStrictEqual(await two.r.get(id), value), id).to.equal(true)
    }
    expect(two.l2Hits()).to.equal(Object.keys(values).length)
  })

  it('is an instance again, where the region has a codec', async () => {
    const region: RegionOptions<Money | undefined> = {
      load: async (id) => (id === 'a' ? new Money(5n) : undefined),
      codec: { encode: ({ cents }) => cents, decode: (data) => new Money(typeof data === 'bigint' ? data : 0n) },
    }
    const [one, two] = [await join(region), await join(region)]
    for (const id of ['a', 'none']) {
      const value = await one.r.get(id)
      await filled(id)
      expect(await two.r.get(id)).to.deep.equal(value)
    }
    expect(await two.r.get('a')).to.be.instanceOf(Money)
    expect(two.l2Hits()).to.equal(2)
  })

  it('is a miss where the codec throws, is counted, and is replaced', async () => {
    const load = async () => 'value'
    const one = await join({ load })
    await one.r.get('a')
    await filled()
    const decode = (data: unknown) => {
      if (data === 'value') {
        throw new Error('Not ours')
      }
      return String(data)
    }
    const codec = { encode: (value: string) => `${value}, encoded`, decode }
    const two = await join({ load, codec, leaseWait: 0 })
    expect(await two.r.get('a')).to.equal('value')
    expect(two.cache.stats().total).to.include({ l2Damaged: 1, l2Errors: 0, loads: 1 })
    await two.cache.close()
    const three = await join({ load, codec })
    expect(await three.r.get('a')).to.equal('value, encoded')
    expect(three.l2Hits()).to.equal(1)
    expect(events.filter(({ type }) => type === 'error')).to.deep.equal([])
  })

  it('is not shared where the codec throws; its process keeps it and says why', async () => {
    const cause = new TypeError('cannot')
    const codec = {
      encode: () => {
        throw cause
      },
      decode: String,
    }
    const { r } = await join({ load: async () => 'value', codec })
    expect(await r.get('a')).to.equal('value')
    expect(r.peek('a')).to.equal('value')
    await eventually(() => expect(events.filter(({ type }) => type === 'error').length).to.equal(1))
    const [event] = events.filter((one) => one.type === 'error')
    expect(event).to.deep.include({ type: 'error' })
    expect(event && 'error' in event && event.error).to.include({ code: 'RESCIND_VALUE_NOT_STORED', id: 'a', cause })
    expect(await server.command('EXISTS', valueKey(name, 'r', 'a'))).to.equal(0)
  })

  it('takes less room compressed, and is read by a process that compresses none', async () => {
    const load = async (id: string) => ({ text: 'all work and no play '.repeat(id === 'long' ? 5_000 : 10) })
    const [one, two] = [await join({ load, compressAbove: 1_000 }), await join({ load })]
    for (const [id, least, most] of [
      ['short', 210, 400],
      ['long', 200, 3_000],
    ] as const) {
      const value = await one.r.get(id)
      await filled(id)
      expect(await server.command('STRLEN', valueKey(name, 'r', id))).to.be.within(least, most)
      expect(await two.r.get(id)).to.deep.equal(value)
    }
    expect(two.l2Hits()).to.equal(2)
  })
})
