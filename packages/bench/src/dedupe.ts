import { createCache, type StorageInputMemory, type StorageInputRedis } from 'async-cache-dedupe'

export interface DedupeOptions<V> {
  readonly ttlMs: number
  readonly storage: StorageInputMemory | StorageInputRedis
  readonly load: (key: string) => Promise<V>
}

/** What reads through to a loader, and what forgets. A string is the key as it is. */
export interface Dedupe<V> {
  read(key: string): Promise<V>
  forget(key: string): Promise<void>
}

export function createDedupe<V>({ ttlMs, storage, load }: DedupeOptions<V>): Dedupe<V> {
  const items = createCache({ ttl: ttlMs / 1_000, storage }).define('item', load)
  return {
    read: (key) => items.item(key),
    forget: (key) => items.clear('item', key),
  }
}
