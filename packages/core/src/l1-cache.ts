import { type Clock, checkInteger, monotonicClock } from '@rescind/options'
import type { Entry } from './entry.ts'
import { LruStore } from './lru-store.ts'
import { entryOf, type NewEntry } from './new-entry.ts'
import type { NodeView } from './node-view.ts'
import { refusal } from './trust-rule.ts'

export interface L1CacheOptions {
  readonly node: NodeView
  /** Never more entries than this are held; the least recently used go first. Default 10,000. */
  readonly maxEntries?: number
  /** Default: the monotonic clock of the process. */
  readonly clock?: Clock
}

/** The values that one process holds for one region. No I/O and no timers; every read applies the trust rule. */
export class L1Cache<V> {
  readonly #store: LruStore<Entry<V>>
  readonly #node: NodeView
  readonly #clock: Clock

  /** @throws {InvalidArgumentError} */
  constructor(options: L1CacheOptions) {
    const { node, maxEntries = 10_000, clock = monotonicClock } = options
    checkInteger('maxEntries', maxEntries, 1, 2 ** 24)
    this.#store = new LruStore(maxEntries)
    this.#node = node
    this.#clock = clock
  }

  get size(): number {
    return this.#store.size
  }

  /**
   * The entry, if it may be served now; marks it as used.
   *
   * @param now what a caller has just read from the clock, so that it is read once.
   * @param maxStalenessMs the bound to judge by, if a reader asks for a stricter one than the node's.
   */
  get(key: string, now: number = this.#clock(), maxStalenessMs?: number): Entry<V> | undefined {
    return this.#judge(key, this.#store.get(key), now, maxStalenessMs)
  }

  /** The entry, if it may be served now; leaves the order of use alone. */
  peek(key: string, now: number = this.#clock()): Entry<V> | undefined {
    return this.#judge(key, this.#store.peek(key), now)
  }

  set(key: string, entry: NewEntry<V>): void {
    this.#store.set(key, entryOf(entry))
  }

  /** Drops the key if its entry had not seen the message at `position`. Returns whether something was dropped. */
  invalidate(key: string, position: number): boolean {
    const entry = this.#store.peek(key)
    return entry !== undefined && entry.asOf < position && this.#store.delete(key)
  }

  /** Drops every entry that carries one of the tags, by looking at all: for an invalidation that has no position. */
  dropTagged(tags: ReadonlySet<string>): void {
    const tagged = [...this.#store.entries()].filter(([, entry]) => entry.tags.some((tag) => tags.has(tag)))
    for (const [key] of tagged) {
      this.#store.delete(key)
    }
  }

  clear(): void {
    this.#store.clear()
  }

  #judge(key: string, entry: Entry<V> | undefined, now: number, maxStalenessMs?: number): Entry<V> | undefined {
    if (entry === undefined) {
      return undefined
    }
    const refused = refusal(entry, this.#node, now, maxStalenessMs)
    if (refused === undefined) {
      return entry
    }
    // An untrusted entry stays: once the node has caught up, it may be served again.
    if (refused !== 'untrusted') {
      this.#store.delete(key)
    }
    return undefined
  }
}
