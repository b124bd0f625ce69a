import type { HistoryRecord } from './history.ts'

/**
 * - `bounded staleness`: a read has at least the newest version that was acknowledged longer than the bound before it began.
 * - `tags`: the same for writes that were told by a tag or by a region alone.
 * - `own writes`: a read has what its own process had acknowledged before it began.
 * - `token`: a read with a token has what was acknowledged up to that token.
 * - `confirmed`: a read has what was confirmed before it began.
 * - `monotonic reads`: a read has at least what its process had read of the key before it began.
 * - `future`: a read has no version that was not committed before it returned.
 * - `stale set`: at quiet, what is held is what the source has.
 * - `single load`: of one version, in one epoch, the source is asked once by all processes that have heard of it, and once
 *   more for each that crashed meanwhile, or was told once more.
 * - `false alarm`: nothing is dropped that nobody wrote, but for a fault that may have lost messages.
 */
export type Rule =
  | 'bounded staleness'
  | 'tags'
  | 'own writes'
  | 'token'
  | 'confirmed'
  | 'monotonic reads'
  | 'future'
  | 'stale set'
  | 'single load'
  | 'false alarm'

export interface Violation {
  readonly rule: Rule
  /** What happened, for people. */
  readonly sentence: string
  /** What it was seen in: first the record that broke the rule. */
  readonly records: readonly HistoryRecord[]
}

export interface RuleReport {
  /** How often there was something to judge: a rule without any proves nothing. */
  readonly judged: number
  readonly broken: number
}

/** How old what was read was: from the acknowledgement of a newer version to the begin of the read, 0 if there was none. */
export interface StalenessReport {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** The shares of the reads that were at most so old, from 0 to 1. */
  readonly within: {
    readonly '0ms': number
    readonly '10ms': number
    readonly '100ms': number
    readonly '1s': number
  }
}

export interface Answered {
  readonly reads: number
  readonly failed: number
  /** The share that was answered, from 0 to 1. */
  readonly share: number
}

/** How long processes went without an answer from their L1 once a fault was healed. */
export interface Recovery {
  readonly what: string
  readonly healedAt: number
  /** From the end of the fault to the first hit, of the process that took longest. */
  readonly slowestMs: number
  /** Processes that had no hit any more. */
  readonly without: readonly string[]
}

export interface HistoryReport {
  /** No rule was broken. */
  readonly ok: boolean
  readonly rules: Readonly<Record<Rule, RuleReport>>
  /** The first ones of each rule. */
  readonly violations: readonly Violation[]
  readonly processes: number
  readonly keys: number
  readonly writes: number
  readonly loads: number
  readonly flushes: number
  /** Undefined if no read was answered. */
  readonly staleness: StalenessReport | undefined
  readonly availability: Answered
  /** Of the reads that were under way during a fault. */
  readonly availabilityInFaults: Answered
  readonly recoveries: readonly Recovery[]
}
