import type { RemovalCause } from '@rescind/core'
import type { LatencySummary } from './latencies.ts'

/** Counters of one region in one process, since it was created. */
export interface RegionStats {
  /** Reads answered from L1. */
  l1Hits: number
  /** Reads that L1 did not answer; each joined a flight or began one. */
  l1Misses: number
  /** Flights answered from L2. */
  l2Hits: number
  /** Flights that looked for a value in L2 and found none that was current. */
  l2Misses: number
  /** Calls of the loader; each id of a call of `loadMany` counts. */
  loads: number
  /** Values that were loaded anew in the background, ahead of their expiry or while they were served stale. */
  refreshes: number
  /** Reads answered with a value whose TTL was over. */
  staleServed: number
  /** Loads that found nothing (undefined or null). */
  notFound: number
  /** Loads that failed or timed out. */
  loadErrors: number
  /** Those of them that took longer than `loadTimeout`. */
  loadTimeouts: number
  /** Calls of `save` that succeeded. */
  saves: number
  /** Those that failed or took longer than `saveTimeout`. */
  saveErrors: number
  /**
   * Saved values that are not cached, or not in L2: the key was written, invalidated or cleared meanwhile, the lease was over, or
   * Redis did not take them. They are read again when somebody asks.
   */
  savesUncached: number
  /** Values that were read again in the background, since their writer said that there is a new one. */
  renewals: number
  /** Loads that returned a lower version than this process knew of: the source lags behind. Each was repeated, or was the last try. */
  outdated: number
  /** Flights that returned such a value in the end; it was cached nowhere. */
  outdatedServed: number
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

/** How long reads took, by what answered them, in milliseconds. */
export interface RegionLatencies {
  /** One in 1,024 of the reads answered from L1. */
  readonly l1: LatencySummary
  /** Reads of L2 that found a value. */
  readonly l2: LatencySummary
  /** Calls of the loader that did not fail. */
  readonly load: LatencySummary
}

/** The part, from 0 to 1, of what was asked of a tier that it answered; undefined before the first. */
export interface HitRates {
  readonly l1: number | undefined
  readonly l2: number | undefined
}

/** What one region did and holds in one process. */
export interface RegionReport extends RegionStats {
  /** How many values L1 holds. */
  readonly entries: number
  /** What they cost together. */
  readonly cost: number
  /** How many values L1 let go, by cause. */
  readonly removals: Readonly<Record<RemovalCause, number>>
  readonly hitRates: HitRates
  readonly latencies: RegionLatencies
}

export function emptyStats(): RegionStats {
  return {
    l1Hits: 0,
    l1Misses: 0,
    l2Hits: 0,
    l2Misses: 0,
    loads: 0,
    refreshes: 0,
    staleServed: 0,
    notFound: 0,
    loadErrors: 0,
    loadTimeouts: 0,
    saves: 0,
    saveErrors: 0,
    savesUncached: 0,
    renewals: 0,
    outdated: 0,
    outdatedServed: 0,
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

export function hitRates({ l1Hits, l1Misses, l2Hits, l2Misses }: RegionStats): HitRates {
  return { l1: rate(l1Hits, l1Misses), l2: rate(l2Hits, l2Misses) }
}

function rate(hits: number, misses: number): number | undefined {
  return hits + misses === 0 ? undefined : hits / (hits + misses)
}
