import type { ReadOptions } from '@rescind/client'
import type { Item } from '../database.ts'
import type { Committed, Key } from './keys.ts'

/** What was committed, and how the others are told. */
export interface Change {
  readonly keys: readonly Key[]
  /** What they are named by. */
  readonly how: 'keys' | 'tag' | 'region' | 'all' | 'bump'
  /** With `tag`. */
  readonly tag?: string
  /** Waits until every member has applied it; on a strict bus. */
  readonly confirm?: boolean
}

/** What a process that writes is tested by. */
export interface Announcer {
  /** Resolves once it is acknowledged, to the token of the receipt and its place in the log, where there are such. */
  announce(change: Change, versions: readonly Committed[]): Promise<Announced>
  /** Announcements that are not acknowledged yet. */
  readonly queued: number
  close(): Promise<unknown>
}

export interface Announced {
  readonly token?: string
  readonly position?: string
}

/** The cache of one process that is put to the test. */
export interface Subject extends Announcer {
  start(): Promise<boolean>
  get(key: Key, options?: ReadOptions): Promise<Item>
  getMany(region: string, keys: readonly string[]): Promise<Map<string, Item>>
  /**
   * Writes through the cache, which has the draft saved on the way; resolves as `announce` does.
   *
   * @param update whether the others are to read it at once.
   */
  set(key: Key, draft: Item, update: boolean): Promise<Announced>
  /** What is written to be saved later, where there is such a thing. */
  readonly behind: Behind | undefined
  /** What this process holds, and would serve now. */
  peek(key: Key): Item | undefined
  /** What others would be served from a cache that all share. */
  shared(key: Key): Promise<Item | undefined>
  status(): SubjectStatus
}

/** A region whose writes are acknowledged first, and saved later. */
export interface Behind {
  /** Resolves once it is acknowledged, to a token. It has no place in the log to be told from others: what was saved is told as well. */
  set(key: Key, item: Item): Promise<{ readonly token: string }>
  /** Resolves once all that was acknowledged is saved. */
  flush(): Promise<void>
}

export interface SubjectStatus {
  readonly live: boolean
  /** The last position applied, where there is such a thing. */
  readonly position: string | undefined
}
