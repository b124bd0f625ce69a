import { itemOf, keyOf } from '../local/item.ts'
import type { LocalCache } from '../local/local-cache.ts'
import type { Events } from './workload.ts'

/** Times that the size is checked in a replay; looking may mean to walk over all entries. */
const checks = 20

/**
 * The hits of a cache that is read through: what it does not hold is put into it.
 *
 * @param keys how many different keys there are.
 * @throws {Error} when the cache is seen to hold more than `capacity`: it would be compared with smaller ones.
 */
export function replayHits(events: Events, keys: number, cache: LocalCache, capacity: number): number {
  const names = Array.from({ length: keys }, (_, key) => keyOf(key))
  const item = itemOf(0)
  const checkEvery = Math.ceil(events.length / checks)
  let hits = 0
  for (let n = 0; n < events.length; n++) {
    const event = events[n] ?? 0
    const name = names[event < 0 ? ~event : event] ?? ''
    if (event < 0) cache.delete(name)
    else if (cache.get(name) !== undefined) hits += 1
    else cache.set(name, item)
    if (n % checkEvery === 0 || n === events.length - 1) checkSize(cache, capacity)
  }
  return hits
}

function checkSize({ size }: LocalCache, capacity: number): void {
  if (size > capacity) throw new Error(`A cache of ${capacity} entries holds ${size}`)
}
