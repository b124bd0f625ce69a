import type { Item } from './item.ts'
import type { LocalCache } from './local-cache.ts'

/** A plain Map, which bounds nothing and expires nothing: what a lookup costs at least. */
export function keepInMap(): LocalCache {
  const items = new Map<string, Item>()
  return {
    get size() {
      return items.size
    },
    get: (key) => items.get(key),
    set: (key, item) => void items.set(key, item),
    delete: (key) => void items.delete(key),
  }
}
