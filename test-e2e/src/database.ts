import type { OutboxRow } from '@rescind/outbox'

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
  /** All versions that were asked for ahead of their commit, in order. */
  reservations(): Reservation[]
  /** How many rows stand in the outbox, and how many of them no relay has taken. */
  outbox(): { readonly left: number; readonly free: number }
  /** What relays have told the others of, in order. */
  deliveries(): Delivery[]
  /** What each item is now. */
  versions(ids: readonly string[]): number[]
}

export interface Commit {
  readonly id: string
  readonly version: number
  readonly committedAt: number
}

/** A version that a process is to write; `committedAt` is when it asked for it. */
export interface Reservation extends Commit {
  readonly process: string
}

/** What a row of the outbox says. */
export type OutboxMessage = Omit<OutboxRow, 'id' | 'attempts'>

/** Of a receipt, what a relay passes on. */
export interface Told {
  readonly token?: string
  readonly position?: string
}

/** Commits that a relay has told the others of, as it says. */
export interface Delivery {
  readonly commits: readonly Commit[]
  readonly ackedAt: number
  readonly told: Told
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

/** As `writeItems`, in one step with a row of the outbox. */
export async function writeNoted(databaseUrl: string, ids: readonly string[], message: OutboxMessage): Promise<void> {
  await fetch(`${databaseUrl}/outbox`, { method: 'POST', body: JSON.stringify({ ids, message }) })
}

/** The number of the next version of an item, for a process that has it written later. */
export async function reserveVersion(databaseUrl: string, id: string, process: string): Promise<number> {
  const response = await fetch(`${databaseUrl}/reservations`, { method: 'POST', body: `${id} ${process}` })
  return Number(await response.text())
}

/** Commits these versions, but for what was saved with a higher sequence already. */
export async function saveItems(
  databaseUrl: string,
  saves: readonly { readonly value: Item; readonly sequence: number }[],
): Promise<void> {
  const lines = saves.map(({ value: { id, version }, sequence }) => `${id} ${version} ${sequence}`)
  await fetch(`${databaseUrl}/saves`, { method: 'POST', body: lines.join('\n') })
}
