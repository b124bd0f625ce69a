import { createBentoMemory } from '../bento.ts'
import type { Item } from './item.ts'
import { keepForMs } from './local-cache.ts'
import { type Reader, Supply } from './reader.ts'

export async function openBentocache(entries: number): Promise<Reader> {
  const bento = createBentoMemory({ name: 'bench', ttlMs: keepForMs, maxItems: entries })
  const supply = new Supply()
  const read = (key: string): Promise<Item> => bento.getOrSet({ key, factory: () => supply.load(key) })
  await supply.fill(entries, read)
  return { kind: 'async', read, close: bento.close }
}
