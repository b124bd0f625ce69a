import { createLru, entriesIn } from '../lru.ts'
import type { Item } from './item.ts'
import { keepForMs, type LocalCache, type LocalPeer } from './local-cache.ts'

/**
 * It has two generations. When the new one has `maxSize` entries, the old one is dropped; until then it holds up to
 * `maxSize` old ones and `maxSize - 1` new ones.
 */
export const quickLru: LocalPeer = {
  name: 'quick-lru',
  bounded: (capacity) => adapt(createLru<Item>(Math.floor((capacity + 1) / 2))),
  // One more, so that the generation never becomes the old one, out of which each read would have to move an entry.
  keeping: (entries) => adapt(createLru<Item>(entries + 1, keepForMs)),
}

function adapt(lru: Map<string, Item>): LocalCache {
  return {
    get size() {
      return entriesIn(lru)
    },
    get: (key) => lru.get(key),
    set: (key, item) => void lru.set(key, item),
    delete: (key) => void lru.delete(key),
  }
}
