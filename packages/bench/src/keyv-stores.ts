import KeyvRedis from '@keyv/redis'
import { createKeyv } from 'cacheable'
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
