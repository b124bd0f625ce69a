import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { describe, it } from 'mocha'
import { type CacheOptions, createCache } from './cache.ts'
import { InvalidArgumentError, MemoryHub } from './index.ts'
import type { RegionOptions } from './region-options.ts'

const load = async (id: string) => id

const REDIS = 'redis://127.0.0.1'
const CLUSTER = new Cluster([{ host: '127.0.0.1' }], { lazyConnect: true })
const MANY = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`server-${n}`, REDIS]))

function titleOf(options: object): string {
  const title = JSON.stringify(options, (_, value: unknown) => (value instanceof Cluster ? 'a cluster' : value))
  return title.length > 100 ? `${title.slice(0, 60)}…` : title
}

/** The error of something that must be refused at the door. */
function refusalOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidArgumentError).and.to.be.instanceOf(TypeError)
    return error instanceof Error ? error.message : ''
  }
  throw new Error('It was accepted')
}

describe('createCache', () => {
  const cases: readonly (readonly [option: Record<string, unknown>, ...parts: string[]])[] = [
    [{ name: undefined }, 'name', '1 to 64 letters', 'undefined'],
    [{ name: 'a b' }, 'name', '1 to 64 letters', '"a b"'],
    [{ redis: 'localhost' }, 'redis', 'a URL such as redis://', '"localhost"'],
    [{ redis: 6379 }, 'redis', 'options of ioredis', 'number'],
    [{ redis: 'redis://u:secret@h/0?keyPrefix=p:' }, 'redis', 'without ?keyPrefix=', '"…@h/0?keyPrefix=p:"'],
    [{ redis: undefined }, 'redis', 'left out for a cache of one process', 'undefined'],
    [{ hub: {} }, 'hub', 'a MemoryHub', 'object'],
    [{ hub: new MemoryHub(), redis: 'redis://u:secret@127.0.0.1' }, 'hub', 'left out where redis is given'],
    [{ redisTimeout: 4 }, 'redisTimeout', 'from 5 to', 'number 4'],
    [{ connectTimeout: '1 s' }, 'connectTimeout', 'from 10 to', '"1 s"'],
    [{ publishTimeout: 9 }, 'publishTimeout', 'from 10 to', 'number 9'],
    [{ maxQueued: 0 }, 'maxQueued', 'from 1 to', 'number 0'],
    [{ logLength: 15 }, 'logLength', 'from 16 to', 'number 15'],
    [{ maxTags: 1.5 }, 'maxTags', 'from 16 to', 'number 1.5'],
    [{ maxStaleness: 19 }, 'maxStaleness', 'from 20 to', 'number 19'],
    [{ maxStaleness: '1s', heartbeat: 501 }, 'heartbeat', 'from 5 to 500', 'number 501'],
    [{ onEvent: 'log' }, 'onEvent', 'a function', '"log"'],
    [{ maxStalenes: '1s' }, 'options', 'strict, heartbeat, onEvent', '"maxStalenes"'],
    [{ redis: { duplicate: () => undefined } }, 'redis', 'not of another one'],
    [{ redis: REDIS, valueServers: [REDIS] }, 'valueServers', 'an object of servers by their names', 'array'],
    [{ redis: REDIS, valueServers: REDIS }, 'valueServers', 'an object of servers by their names'],
    [{ redis: REDIS, valueServers: {} }, 'valueServers', '1 to 64 servers'],
    [{ redis: REDIS, valueServers: MANY }, 'valueServers', '1 to 64 servers'],
    [{ redis: REDIS, valueServers: { 'a b': REDIS } }, 'each name of valueServers', '1 to 64 letters', '"a b"'],
    [{ redis: REDIS, valueServers: { a: 'redis:/u:secret@h' } }, 'valueServers.a', 'a URL such as', '"…@h"'],
    [{ redis: REDIS, valueServers: { a: undefined } }, 'valueServers.a', 'a URL', 'undefined'],
    [{ redis: REDIS, valueServers: { a: CLUSTER } }, 'valueServers.a', 'give it as redis, without valueServers'],
    [{ redis: CLUSTER, valueServers: { a: REDIS } }, 'valueServers', 'over its own shards'],
    [{ valueServers: { a: REDIS } }, 'valueServers', 'left out where there is no redis'],
    [{ hub: new MemoryHub(), valueServers: { a: REDIS } }, 'valueServers', 'left out where there is no redis'],
  ]

  for (const [options, ...parts] of cases) {
    it(`refuses ${titleOf(options)} and says what it wants instead`, () => {
      const message = refusalOf(() => createCache({ name: 'test', ...options } as unknown as CacheOptions))
      for (const part of parts) {
        expect(message).to.include(part)
      }
    })
  }

  it('refuses what is no options object at all', () => {
    for (const options of [undefined, null, 'test', 1]) {
      expect(refusalOf(() => createCache(options as unknown as CacheOptions))).to.include('options')
    }
  })
})

describe('cache.region', () => {
  const cases: readonly (readonly [option: Record<string, unknown>, ...parts: string[]])[] = [
    [{ load: undefined }, 'load', 'a function', 'undefined'],
    [{ tags: ['tag'] }, 'tags', 'a function', 'array'],
    [{ ttl: 0 }, 'ttl', 'from 1 to', 'number 0'],
    [{ ttl: '10 minutes' }, 'ttl', "'10m'", '"10 minutes"'],
    [{ ttl: '1s', notFoundTtl: '2s' }, 'notFoundTtl', 'from 1 to 1000', '"2s"'],
    [{ maxEntries: 0 }, 'maxEntries', 'from 1 to 8388608', 'number 0'],
    [{ l2: 'yes' }, 'l2', 'true or false', '"yes"'],
    [{ loadTimeout: Number.NaN }, 'loadTimeout', 'from 1 to', 'NaN'],
    [{ leaseTtl: 9 }, 'leaseTtl', 'from 10 to', 'number 9'],
    [{ leaseWait: -1 }, 'leaseWait', 'from 0 to', 'number -1'],
    [{ codec: { encode: load } }, 'codec', 'the functions encode and decode', 'object'],
    [{ codec: null }, 'codec', 'the functions encode and decode', 'null'],
    [{ schemaVersion: -1 }, 'schemaVersion', 'from 0 to', 'number -1'],
    [{ schemaVersion: 1.5 }, 'schemaVersion', 'from 0 to', 'number 1.5'],
    [{ schemaVersion: 'a b' }, 'schemaVersion', '1 to 64 letters', '"a b"'],
    [{ schemaVersion: null }, 'schemaVersion', '1 to 64 letters', 'null'],
    [{ compressAbove: -1 }, 'compressAbove', 'from 0 to 67108864', 'number -1'],
    [{ compressAbove: true }, 'compressAbove', 'from 0 to', 'true'],
    [{ loadMany: {} }, 'loadMany', 'a function that reads values by their ids', 'object'],
    [{ l1Ttl: 0 }, 'l1Ttl', 'from 1 to', 'number 0'],
    [{ ttlJitter: 0.51 }, 'ttlJitter', 'a number from 0 to 0.5', 'number 0.51'],
    [{ ttlJitter: '10%' }, 'ttlJitter', 'a number from 0 to 0.5', '"10%"'],
    [{ staleWhileRevalidate: -1 }, 'staleWhileRevalidate', 'from 0 to', 'number -1'],
    [{ staleIfError: 'no' }, 'staleIfError', 'from 0 to', '"no"'],
    [{ softTimeout: 0 }, 'softTimeout', 'from 1 to', 'number 0'],
    [{ errorBackoff: 0 }, 'errorBackoff', 'from 1 to', 'number 0'],
    [{ beta: 101 }, 'beta', 'a number from 0 to 100', 'number 101'],
    [{ beta: Number.NaN }, 'beta', 'a number from 0 to 100', 'NaN'],
    [{ refreshAhead: 0 }, 'refreshAhead', 'a number from 0.1 to 1', 'number 0'],
    [{ tll: '1s' }, 'ttl', '"tll"'],
  ]

  for (const [options, ...parts] of cases) {
    it(`refuses ${JSON.stringify(options)} and says what it wants instead`, () => {
      const cache = createCache({ name: 'test' })
      const region = { load, ...options } as unknown as RegionOptions<string>
      const message = refusalOf(() => cache.region('r', region))
      for (const part of parts) {
        expect(message).to.include(part)
      }
      // What was refused is not half there.
      expect(cache.region('r', { load }).name).to.equal('r')
    })
  }

  it('refuses a second region of one name, since the two would not know of each other', () => {
    const cache = createCache({ name: 'test' })
    cache.region('r', { load })
    expect(refusalOf(() => cache.region('r', { load }))).to.equal(
      'region must be a name that is not in use; keep the region that was returned first; received the string "r"',
    )
    expect(refusalOf(() => cache.region('', { load }))).to.include('region must be 1 to 64 letters')
  })
})

interface Product {
  readonly id: string
  readonly price: number
}

describe('The types of a region', () => {
  it('take the type of the ids from the loader', async () => {
    const cache = createCache({ name: 'test' })
    const users = cache.region('users', {
      load: async (id: `user:${string}`) => id.length,
      loadMany: async (ids) => new Map(ids.map((id) => [id, id.slice('user:'.length).length])),
      tags: (_, id) => [id satisfies `user:${string}`],
    })
    const length: number = await users.get('user:1')
    const [first]: (number | undefined)[] = [...(await users.getMany(['user:1'])).values()]
    // @ts-expect-error no id of a user
    await users.get('order:1')
    // @ts-expect-error no id of a user
    await users.getMany(['user:1', 'order:1'])
    // @ts-expect-error no id of a user
    await users.warm(['order:1'])
    // @ts-expect-error no id of a user
    await users.invalidate('order:1')
    // @ts-expect-error no id of a user
    const peeked = users.peek('order:2')
    expect([length, first, peeked]).to.deep.equal([6, 6, undefined])
    await cache.close()
  })

  it('refuse a loader of many for other values or ids, and options of a read that are none', async () => {
    const cache = createCache({ name: 'test' })
    // @ts-expect-error values of another type
    cache.region('one', { load, loadMany: async () => new Map([['a', 1]]) })
    // @ts-expect-error no Map
    cache.region('two', { load, loadMany: async (ids) => ids })
    // @ts-expect-error the loaders disagree about the ids
    cache.region('three', { load: (id: 'a') => id, loadMany: async (ids: readonly 'b'[]) => new Map([[ids[0], 'a']]) })
    const region = cache.region('four', {
      load,
      // A failure is an Error in place of the value.
      loadMany: (ids) => new Map<string, string | Error>(ids.map((id) => [id, new Error(id)])),
    })
    // @ts-expect-error misspelt
    await region.get('a', { frsh: true }).catch(() => undefined)
    // @ts-expect-error no duration
    await region.get('a', { maxStaleness: 'never' }).catch(() => undefined)
    // @ts-expect-error misspelt
    await region.warm(['a'], { concurency: 1 }).catch(() => undefined)
    await cache.close()
  })

  it('follow from the loader', async () => {
    const cache = createCache({ name: 'test' })
    const products = cache.region('products', {
      load: async (id): Promise<Product> => ({ id, price: 1 }),
      tags: (product, id) => [`price:${product.price}`, id],
    })
    const product: Product = await products.get('a')
    const peeked: Product | undefined = products.peek('a')
    const many: Map<string, Product> = await products.getMany(['a'])
    // @ts-expect-error a peek may find nothing
    const surely: Product = products.peek('a')
    // @ts-expect-error ids are strings
    const refused = products.get(1).catch(() => undefined)
    await refused
    expect([product, peeked, [...many.values()]]).to.deep.equal([surely, surely, [surely]])
    await cache.close()
  })

  it('keep that there may be none, except for tags and among many', async () => {
    const cache = createCache({ name: 'test' })
    const maybe = cache.region('maybe', {
      load: (id) => (id === 'a' ? { id, price: 1 } : null),
      tags: ({ price }) => [`price:${price}`],
    })
    const value: Product | null = await maybe.get('b')
    // @ts-expect-error there may be none
    const surely: Product = await maybe.get('b')
    const many: Map<string, Product> = await maybe.getMany(['a', 'b'])
    expect([value, surely, many.size]).to.deep.equal([null, null, 1])
    await cache.close()
  })

  it('of a codec follow from the loader too, and not the other way round', async () => {
    const cache = createCache({ name: 'test' })
    const region = cache.region('codec', {
      load: (id): Product | undefined => (id === 'a' ? { id, price: 1 } : undefined),
      codec: {
        encode: ({ id, price }) => [id, price],
        decode: (data) =>
          Array.isArray(data) ? { id: String(data[0]), price: Number(data[1]) } : { id: '', price: 0 },
      },
      schemaVersion: 'v2',
      compressAbove: 1_024,
    })
    const value: Product | undefined = await region.get('a')
    expect(value).to.deep.equal({ id: 'a', price: 1 })
    // @ts-expect-error it does not return what the loader does
    cache.region('other', { load: async (id: string) => id, codec: { encode: (id) => id, decode: () => 1 } })
    await cache.close()
  })

  it('refuse what is no option and what is no loader', () => {
    const cache = createCache({ name: 'test' })
    // @ts-expect-error misspelt
    expect(() => cache.region('r', { load, tttl: 1 })).to.throw(InvalidArgumentError)
    // @ts-expect-error no unit of time
    expect(() => cache.region('r', { load, ttl: '10 minutes' })).to.throw(InvalidArgumentError)
    // @ts-expect-error no loader
    expect(() => cache.region('r', {})).to.throw(InvalidArgumentError)
    // @ts-expect-error tags are strings
    cache.region('r', { load, tags: () => [1] })
  })
})
