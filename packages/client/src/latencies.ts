import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** How long something took, over all times it was done. */
export interface LatencySummary {
  /** How often it was measured. */
  readonly count: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const NS_PER_MS = 1_000_000
const HOUR_NS = 3_600_000 * NS_PER_MS
const NONE: LatencySummary = { count: 0, meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 }

/** Durations in a few KiB, however many: an HDR histogram with two significant digits, made when it is first needed. */
export class Latencies {
  #histogram: RecordableHistogram | undefined

  record(ms: number): void {
    this.#histogram ??= createHistogram({ lowest: 1, highest: HOUR_NS, figures: 2 })
    this.#histogram.record(Math.min(HOUR_NS, Math.max(1, Math.round(ms * NS_PER_MS))))
  }

  get summary(): LatencySummary {
    const histogram = this.#histogram
    if (!histogram) {
      return NONE
    }
    return {
      count: histogram.count,
      meanMs: histogram.mean / NS_PER_MS,
      p50Ms: histogram.percentile(50) / NS_PER_MS,
      p99Ms: histogram.percentile(99) / NS_PER_MS,
      maxMs: histogram.max / NS_PER_MS,
    }
  }
}
