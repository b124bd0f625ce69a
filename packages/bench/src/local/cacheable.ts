import { createCacheableInMemory } from '../cacheable.ts'
import type { Item } from './item.ts'
import { keepForMs } from './local-cache.ts'
import { type Reader, Supply } from './reader.ts'

export async function openCacheable(entries: number): Promise<Reader> {
  const cache = createCacheableInMemory(entries, keepForMs)
  const supply = new Supply()
  const read = (key: string): Promise<Item | undefined> => cache.getOrSet(key, async () => supply.load(key))
  await supply.fill(entries, read)
  return { kind: 'async', read, close: () => cache.disconnect() }
}
