import { createManager } from '../cache-manager.ts'
import { createKeyvMemory } from '../cacheable.ts'
import type { Item } from './item.ts'
import { keepForMs } from './local-cache.ts'
import { type Reader, Supply } from './reader.ts'

export async function openCacheManager(entries: number): Promise<Reader> {
  const cache = createManager([createKeyvMemory(entries)], keepForMs)
  const supply = new Supply()
  const read = (key: string): Promise<Item> => cache.wrap(key, () => supply.load(key))
  await supply.fill(entries, read)
  return { kind: 'async', read, close: async () => void (await cache.disconnect()) }
}
