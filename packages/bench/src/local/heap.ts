import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Item, itemOf, keyOf } from './item.ts'
import type { LocalCache } from './local-cache.ts'
import type { OpenReader } from './reader.ts'

/** What a cache needs for each of so many entries, in bytes, beyond the keys and values themselves. */
export function bytesPerEntry(keep: (entries: number) => LocalCache, entries: number): number {
  const keys = Array.from({ length: entries }, (_, id) => keyOf(id))
  const items = Array.from({ length: entries }, (_, id) => itemOf(id))
  const before = usedBytes()
  const cache = keep(entries)
  for (const [id, key] of keys.entries()) cache.set(key, items[id] ?? itemOf(id))
  const after = usedBytes()
  // Looked at afterwards, so that none of the three was garbage before.
  if (cache.size !== keys.length || cache.size !== items.length) throw new Error(`${cache.size} of ${entries} are held`)
  return (after - before) / entries
}

/**
 * The same of what reads through to a loader, and so is filled with keys and values of its own making: those are weighed
 * alone before, and taken off.
 */
export async function bytesPerItemRead(open: OpenReader, entries: number): Promise<number> {
  // What a library makes once is no part of an entry.
  await (await open(1)).close()
  const keys = Array.from<string>({ length: entries }).fill('')
  const items = Array.from<Item>({ length: entries }).fill(itemOf(0))
  const bare = usedBytes()
  for (let id = 0; id < entries; id++) {
    keys[id] = keyOf(id)
    items[id] = itemOf(id)
  }
  const before = usedBytes()
  const reader = await open(entries)
  const after = usedBytes()
  const held = (await reader.read(keys.at(-1) ?? ''))?.id
  await reader.close()
  if (held !== items.at(-1)?.id) throw new Error(`${keys.at(-1)} is not held`)
  return (after - before - (before - bare)) / entries
}

/** What is reachable, on the heap and in typed arrays beside it. */
function usedBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('Node does not let its garbage be collected')
  // Twice: what the first one finalises, the second one frees.
  collect()
  collect()
}
