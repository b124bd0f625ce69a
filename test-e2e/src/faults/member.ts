import type { HistoryRecord } from '@rescind/testing'
import type { Committed, Key } from './keys.ts'
import type { ReadBounds } from './reads.ts'
import type { Change, SubjectStatus } from './subject.ts'
import type { Way } from './way.ts'
import type { WorkloadName } from './workloads.ts'

/** A process of a run: a node with a cache, a service that only writes, a relay of an outbox, or a node with a naive cache. */
export type MemberMethods = {
  open(options: MemberOptions): void
  /** Whether it hears everything now. */
  start(): Promise<boolean>
  /** Begins these loops. */
  work(loops: readonly Loop[]): void
  /** Ends them; resolves when the last operation has. */
  rest(): Promise<void>
  /** Reads all at once. */
  read(keys: readonly Key[], bounds?: ReadBounds): Promise<void>
  /** Commits a change and tells the others, and reads its keys as soon as that is acknowledged; false if it was not. */
  change(change: Change): Promise<boolean>
  /** Commits a change in one step with a row of the outbox. */
  note(change: Change): Promise<void>
  /** Writes a version through the cache, and reads it as soon as that is acknowledged; false if it was not. */
  set(key: Key): Promise<boolean>
  /** Says once more that these versions are committed, on behalf of a process that did not live to do it. */
  announce(versions: readonly Committed[]): Promise<void>
  /** The versions that this process holds and would serve. */
  held(keys: readonly Key[]): (number | undefined)[]
  /** The versions that a process would be served which holds nothing; looked at without changing anything. */
  shared(keys: readonly Key[]): Promise<(number | undefined)[]>
  /** Announces what has not been acknowledged yet; how much is left. */
  settle(): Promise<number>
  status(): SubjectStatus
  /** The wall clock of this process is off by so much from now on. */
  shiftClock(ms: number): void
  /** Keeps the event loop busy. */
  block(ms: number): void
  /** Sends what is noted and has not been sent. */
  send(): void
  close(): Promise<void>
}

export type Role = 'node' | 'publisher' | 'relay' | 'naive'

export function hasCache(role: Role): boolean {
  return role === 'node' || role === 'naive'
}

export interface MemberOptions {
  readonly role: Role
  /** What the history calls this process. */
  readonly process: string
  /** Of the bus. */
  readonly name: string
  readonly way: Way
  readonly databaseUrl: string
  readonly maxStalenessMs: number
  readonly leaseTtlMs: number
  readonly strict: boolean
  /** Whether it waits for Redis and for other processes for longer than a slow machine needs. */
  readonly patient: boolean
}

/** Some loops that repeat the steps of a workload, each with a pause after a step. */
export interface Loop {
  readonly workload: WorkloadName
  readonly loops: number
  readonly thinkMs: number
}

/** What a member tells the one that started it. */
export type MemberEvent =
  | { readonly type: 'records'; readonly records: readonly HistoryRecord[] }
  /** A change was acknowledged: with this token, any process is to see it. */
  | { readonly type: 'token'; readonly keys: readonly Key[]; readonly token: string }
