import type { Item } from './item.ts'

/** A cache in the memory of one process, as a read through it sees it. An adapter per library. */
export interface LocalCache {
  /** The entries that it holds, also those that a library does not count. May walk over all of them. */
  readonly size: number
  get(key: string): Item | undefined
  set(key: string, item: Item): void
  /** Drops the key, as it is no longer current. */
  delete(key: string): void
}

/** A library, and how to have of it what a question compares. */
export interface LocalPeer {
  readonly name: string
  /** A cache that never holds more than so many entries, which do not expire. */
  bounded(capacity: number): LocalCache
  /** A cache that drops none of so many entries, in whatever order they are used; each expires after an hour. */
  keeping(entries: number): LocalCache
}

export const keepForMs = 3_600_000
