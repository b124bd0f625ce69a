import type { CacheStats } from '@rescind/client'

/** A process that embeds a cache of the region `item`. An item `a:1` carries the tag `a`. */
export type CacheMethods = {
  open(options: CacheNodeOptions): void
  start(): Promise<boolean>
  /** Reads all at once. */
  read(ids: readonly string[]): Promise<Read[]>
  /** Reads one after the other. */
  readInTurn(ids: readonly string[]): Promise<Read[]>
  /** Reads one item many times at once; resolves to the different versions that came. */
  readTogether(id: string, times: number): Promise<number[]>
  /** The versions that L1 holds and may serve. */
  peek(ids: readonly string[]): (number | undefined)[]
  /** Invalidates, and peeks as soon as that has resolved. */
  invalidate(ids: readonly string[]): Promise<(number | undefined)[]>
  stats(): CacheStats
}

export interface CacheNodeOptions {
  readonly name: string
  readonly redis: string
  readonly databaseUrl: string
  readonly maxStalenessMs: number
  readonly leaseTtlMs: number
  readonly leaseWaitMs: number
}

/** One read of a node, timed there by the clock of the machine. */
export interface Read {
  readonly id: string
  readonly version: number
  readonly beganAt: number
  readonly endedAt: number
}
