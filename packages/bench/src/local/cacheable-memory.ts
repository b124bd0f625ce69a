import { createMemory } from '../cacheable.ts'
import type { Item } from './item.ts'
import { keepForMs, type LocalCache } from './local-cache.ts'

/** The synchronous cache that cacheable and cache-manager have in memory. */
export function keepInCacheableMemory(entries: number): LocalCache {
  const memory = createMemory(entries, keepForMs)
  return {
    get size() {
      return memory.size
    },
    get: (key) => memory.get<Item>(key),
    set: (key, item) => memory.set(key, item),
    delete: (key) => memory.delete(key),
  }
}
