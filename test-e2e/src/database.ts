/** The source of truth, as the test steers it. Every item exists, at version 1 until it is written. */
export type DatabaseMethods = {
  /** Answers with the URL that the other processes read and write at. */
  listen(): Promise<string>
  /** Loads take this long from now on. */
  delay(ms: number): void
  /** Loads of the item that begin from now on keep the version they saw, and wait for `release`. */
  hold(id: string): void
  /** Resolves once a load of the held item has begun. */
  loading(id: string): Promise<void>
  release(id: string): void
  /** The next write of the item is committed, and its answer waits for `releaseAnswer`. */
  holdAnswer(id: string): void
  /** Resolves once that write is committed. */
  committing(id: string): Promise<void>
  releaseAnswer(id: string): void
  /** Loads of the items of this region may be answered by a replica that lags by up to so much from now on. */
  lag(region: string, ms: number): void
  /** Loads of the item that begin from now on see what it is now, until `thaw`. */
  freeze(id: string): void
  thaw(id: string): void
  /** How many loads have begun of each item. */
  loads(ids: readonly string[]): number[]
  /** All that was ever committed, in order. */
  commits(): Commit[]
}

export interface Commit {
  readonly id: string
  readonly version: number
  readonly committedAt: number
}

export interface Item {
  readonly id: string
  readonly version: number
}

export async function loadItem(databaseUrl: string, id: string): Promise<Item> {
  const response = await fetch(`${databaseUrl}/${encodeURIComponent(id)}`)
  return { id, version: Number(await response.text()) }
}

/** Commits a new version of each item; resolves to the versions. */
export async function writeItems(databaseUrl: string, ids: readonly string[]): Promise<number[]> {
  if (ids.length === 0) return []
  const response = await fetch(databaseUrl, { method: 'POST', body: ids.join('\n') })
  return (await response.text()).split(' ').map(Number)
}
