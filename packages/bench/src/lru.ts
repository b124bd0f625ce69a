import QuickLRU from 'quick-lru'

/**
 * For peers.
 *
 * @param maxAgeMs after this long an entry expires; never by default.
 */
export function createLru<V>(maxSize: number, maxAgeMs: number = Number.POSITIVE_INFINITY): Map<string, V> {
  return new QuickLRU<string, V>({ maxSize, maxAge: maxAgeMs })
}

/** What it really holds: its own size stops at `maxSize`. */
export function entriesIn(lru: Map<string, unknown>): number {
  let entries = 0
  for (const _ of lru.keys()) entries += 1
  return entries
}
