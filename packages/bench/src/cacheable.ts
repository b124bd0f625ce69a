import KeyvRedis from '@keyv/redis'
import { RedisMessageProvider } from '@qified/redis'
import { Cacheable, createKeyv } from 'cacheable'
import { Keyv } from 'keyv'

/** A store of Keyv in Redis. */
export function createKeyvRedis(redisUrl: string, namespace: string): Keyv {
  const store = new KeyvRedis(redisUrl)
  store.on('error', () => {})
  const keyv = new Keyv(store, { namespace, useKeyPrefix: false })
  keyv.on('error', () => {})
  return keyv
}

/** A store of Keyv in memory, as the documentation of cache-manager recommends. */
export function createKeyvMemory(lruSize: number): Keyv {
  return createKeyv({ lruSize })
}

/** Memory and Redis, kept alike by its sync over pub/sub, and how to end it. */
export function createCacheable(
  redisUrl: string,
  namespace: string,
  ttl: number,
): { readonly cache: Cacheable; close(): Promise<void> } {
  const messages = new RedisMessageProvider({ uri: redisUrl })
  const secondary = createKeyvRedis(redisUrl, namespace)
  const cache = new Cacheable({ ttl, namespace, secondary, sync: { qified: messages } })
  cache.on('error', () => {})
  return {
    cache,
    close: async () => {
      await cache.disconnect()
      await messages.disconnect()
    },
  }
}
