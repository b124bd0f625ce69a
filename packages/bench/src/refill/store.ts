import type { Source } from './source.ts'

export interface StoreOptions {
  readonly redisUrl: string
  readonly maxStalenessMs: number
  /** Most loads at a time, of the variant that is paced. */
  readonly pacedLoads: number
}

/** A cache of one process before a source, with a way to empty that of all processes. */
export interface Store {
  /** Settles when it is connected, and what that empties is empty. */
  ready(): Promise<void>
  /** Whether the memory of this process answers for the key. */
  holds(id: string): boolean
  read(id: string): Promise<unknown>
  /** Empties all processes. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** Settles when it is connected. */
export type OpenStore = (options: StoreOptions, source: Source) => Promise<Store>
