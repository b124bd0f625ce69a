import KeyvRedis from '@keyv/redis'
import { RedisMessageProvider } from '@qified/redis'
import { Cacheable, CacheableMemory, type CacheableMemoryOptions, createKeyv } from 'cacheable'
import { Keyv } from 'keyv'

export type { Keyv } from 'keyv'

/** A store of Keyv in Redis. */
export function createKeyvRedis(redisUrl: string, namespace: string): Keyv {
  const store = new KeyvRedis(redisUrl)
  store.on('error', () => {})
  const keyv = new Keyv(store, { namespace, useKeyPrefix: false })
  keyv.on('error', () => {})
  return keyv
}

/** A bound, values as they are, and one Map, as its documentation has it with a bound: for more, each key is hashed in JavaScript. */
function memoryOptions(lruSize: number): CacheableMemoryOptions {
  return { lruSize, useClone: false, storeHashSize: 1 }
}

/** The synchronous cache that cacheable and cache-manager have in memory. */
export function createMemory(lruSize: number, ttl: number): CacheableMemory {
  return new CacheableMemory({ ...memoryOptions(lruSize), ttl })
}

/** A store of Keyv in memory, as the documentation of cache-manager recommends. */
export function createKeyvMemory(lruSize: number): Keyv {
  return createKeyv(memoryOptions(lruSize))
}

/** Memory alone. */
export function createCacheableInMemory(lruSize: number, ttl: number): Cacheable {
  return new Cacheable({ primary: createKeyvMemory(lruSize), ttl })
}

export interface CacheableOptions {
  readonly redisUrl: string
  readonly name: string
  readonly ttlMs: number
  readonly maxItems: number
}

/** Memory and Redis, kept alike by its sync over pub/sub, and how to end it. */
export function createCacheable({ redisUrl, name, ttlMs, maxItems }: CacheableOptions): {
  readonly cache: Cacheable
  close(): Promise<void>
} {
  const messages = new RedisMessageProvider({ uri: redisUrl })
  const cache = new Cacheable({
    ttl: ttlMs,
    namespace: name,
    primary: createKeyvMemory(maxItems),
    secondary: createKeyvRedis(redisUrl, name),
    sync: { qified: messages },
  })
  cache.on('error', () => {})
  return {
    cache,
    close: async () => {
      await cache.disconnect()
      await messages.disconnect()
    },
  }
}
