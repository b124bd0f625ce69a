import QuickLRU from 'quick-lru'

/**
 * A bounded map that drops what was used least recently: quick-lru, held to its word. quick-lru keeps two generations
 * of up to `maxSize` entries, so each generation here is half of the bound.
 */
export class LruStore<T> {
  readonly #lru: QuickLRU<string, T>

  /** @param maxEntries never more entries than this are held. */
  constructor(maxEntries: number) {
    this.#lru = new QuickLRU({ maxSize: Math.ceil(maxEntries / 2) })
  }

  /** Counted by walking: quick-lru's own size stops at half of what it holds. */
  get size(): number {
    let size = 0
    for (const _ of this.#lru.entriesAscending()) {
      size += 1
    }
    return size
  }

  /** Marks the entry as used. */
  get(key: string): T | undefined {
    return this.#lru.get(key)
  }

  /** Leaves the order of use alone. */
  peek(key: string): T | undefined {
    return this.#lru.peek(key)
  }

  set(key: string, entry: T): void {
    this.#lru.set(key, entry)
  }

  delete(key: string): boolean {
    return this.#lru.delete(key)
  }

  clear(): void {
    this.#lru.clear()
  }

  entries(): IterableIterator<[string, T]> {
    return this.#lru.entriesAscending()
  }
}
