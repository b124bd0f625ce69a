import KeyvRedis from '@keyv/redis'
import { RedisMessageProvider } from '@qified/redis'
import { Cacheable, CacheableMemory, type CacheableMemoryOptions, createKeyv, KeyvCacheableMemory } from 'cacheable'
import { Keyv, KeyvHooks } from 'keyv'

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

export interface CacheableHandle {
  readonly cache: Cacheable
  /** Settles when it hears what others say. */
  listening(): Promise<void>
  /** Whether it has this key in memory. */
  holds(key: string): boolean
  /** Hears each key that is no longer in memory. */
  onDropped(listener: (key: string) => void): void
  /** Ends its connections. */
  close(): Promise<void>
}

/** Memory and Redis, kept alike by its sync over pub/sub. */
export function createCacheable({ redisUrl, name, ttlMs, maxItems }: CacheableOptions): CacheableHandle {
  const messages = new RedisMessageProvider({ uri: redisUrl })
  const primary = createKeyvMemory(maxItems)
  const cache = new Cacheable({
    ttl: ttlMs,
    namespace: name,
    primary,
    secondary: createKeyvRedis(redisUrl, name),
    sync: { qified: messages },
  })
  cache.on('error', () => {})
  const prefix = `${name}:`
  return {
    cache,
    // One connection subscribes to everything, in turn.
    listening: () => messages.subscribe(`${name}::listening`, { handler: async () => {} }),
    holds: (key) => {
      const { store } = primary
      return store instanceof KeyvCacheableMemory && store.getStore(name).has(prefix + key)
    },
    onDropped: (listener) => {
      const hear = ({ key }: { readonly key: string }) => listener(key.slice(prefix.length))
      primary.hooks.addHandler(KeyvHooks.POST_DELETE, hear)
    },
    close: async () => {
      await cache.disconnect()
      await messages.disconnect()
    },
  }
}
