/**
 * What is asked of a cache, one event after the other. A read is the number of its key, from 0 on; an invalidation of
 * a key is the complement of its number (`~key`), which is negative.
 */
export type Events = Int32Array

/** A sequence of reads, and the capacities at which it is worth a look. */
export interface Workload {
  readonly name: string
  /** Without invalidations. */
  readonly reads: Events
  /** How many different keys are read; their numbers are below that. */
  readonly keys: number
  /** In entries. */
  readonly capacities: readonly number[]
}

export function countReads(events: Events): number {
  let reads = 0
  for (const event of events) if (event >= 0) reads += 1
  return reads
}
