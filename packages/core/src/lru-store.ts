import QuickLRU from 'quick-lru'

/**
 * Entries by key: quick-lru, with a size that it never reaches. So it keeps one generation and drops nothing by itself:
 * an eviction policy says what goes.
 *
 * quick-lru looks twice into a Map for each read, and V8 hashes each new string for it. What was read last is found
 * without, by one comparison of strings.
 */
export class LruStore<T extends { readonly key: string }> {
  readonly #lru = new QuickLRU<string, T>({ maxSize: Number.POSITIVE_INFINITY })
  /** The entry last read or set, unless it is held no more. */
  #last: T | undefined

  get size(): number {
    return this.#lru.size
  }

  get(key: string): T | undefined {
    const last = this.#last
    return last !== undefined && last.key === key ? last : this.#find(key)
  }

  set(key: string, entry: T): void {
    this.#lru.set(key, entry)
    this.#last = entry
  }

  delete(key: string): boolean {
    this.#last = undefined
    return this.#lru.delete(key)
  }

  /** In the order of insertion, and live: what is deleted meanwhile is left out. */
  entries(): IterableIterator<[string, T]> {
    return this.#lru[Symbol.iterator]()
  }

  #find(key: string): T | undefined {
    const entry = this.#lru.get(key)
    if (entry !== undefined) {
      this.#last = entry
    }
    return entry
  }
}
