import { LRUCache } from 'lru-cache'
import type { Item } from './item.ts'
import { keepForMs, type LocalCache, type LocalPeer } from './local-cache.ts'

export const lruCache: LocalPeer = {
  name: 'lru-cache',
  bounded: (capacity) => adapt(new LRUCache<string, Item>({ max: capacity })),
  keeping: (entries) => adapt(new LRUCache<string, Item>({ max: entries, ttl: keepForMs })),
}

function adapt(lru: LRUCache<string, Item>): LocalCache {
  return {
    get size() {
      return lru.size
    },
    get: (key) => lru.get(key),
    set: (key, item) => void lru.set(key, item),
    delete: (key) => void lru.delete(key),
  }
}
