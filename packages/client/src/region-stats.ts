/** Counters of one region in one process, since it was created. */
export interface RegionStats {
  /** Reads answered from L1. */
  l1Hits: number
  /** Flights answered from L2. */
  l2Hits: number
  /** Calls of the loader. */
  loads: number
  /** Loads that found nothing (undefined or null). */
  notFound: number
  /** Loads that failed or timed out. */
  loadErrors: number
  /** Reads that joined a flight under way. */
  coalesced: number
  /** Flights that waited for another process's load. */
  leaseWaits: number
  /** Flights whose value was not cached, since an invalidation came while they were under way. */
  doomed: number
  /** Reads of L2 that failed; they went on to the loader. */
  l2Errors: number
  /** Values in L2 that could not be read: damaged, foreign, or refused by the `codec`. They were misses, and are replaced. */
  l2Damaged: number
  /** Entries that an invalidation dropped from L1 (invalidations by tag are noticed at the next read and not counted). */
  dropped: number
}

export function emptyStats(): RegionStats {
  return {
    l1Hits: 0,
    l2Hits: 0,
    loads: 0,
    notFound: 0,
    loadErrors: 0,
    coalesced: 0,
    leaseWaits: 0,
    doomed: 0,
    l2Errors: 0,
    l2Damaged: 0,
    dropped: 0,
  }
}

/** The sum, counter by counter. */
export function addStats(sum: RegionStats, other: RegionStats): RegionStats {
  const total = { ...sum }
  for (const name of Object.keys(total) as (keyof RegionStats)[]) {
    total[name] += other[name]
  }
  return total
}
