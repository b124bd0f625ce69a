import QuickLRU from 'quick-lru'

/** For peers. */
export function createLru<V>(maxSize: number): Map<string, V> {
  return new QuickLRU<string, V>({ maxSize })
}
