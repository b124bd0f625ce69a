import QuickLRU from 'quick-lru'

/**
 * Values by key: quick-lru, with a size that it never reaches. So it keeps one generation and drops nothing by itself:
 * an eviction policy says what goes.
 */
export class LruStore<T> {
  readonly #lru = new QuickLRU<string, T>({ maxSize: Number.POSITIVE_INFINITY })

  get size(): number {
    return this.#lru.size
  }

  get(key: string): T | undefined {
    return this.#lru.get(key)
  }

  set(key: string, entry: T): void {
    this.#lru.set(key, entry)
  }

  delete(key: string): boolean {
    return this.#lru.delete(key)
  }

  /** In the order of insertion, and live: what is deleted meanwhile is left out. */
  entries(): IterableIterator<[string, T]> {
    return this.#lru.entriesAscending()
  }
}
