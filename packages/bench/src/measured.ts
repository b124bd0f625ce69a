import type { Sent } from './load.ts'

/** What became of a load. */
export interface Measured {
  readonly calls: number
  /** From the begin of a call until its keys were gone, for each call and receiver; in ms. */
  readonly lagMs: Float64Array
  /** Calls that did not arrive, counted at each receiver. */
  readonly missing: number
  /** Calls per second, from the first begun until the last was settled, and gone everywhere. */
  readonly perSecond: number
  /** The same, but only until the last was settled: what the callers were told. */
  readonly settledPerSecond: number
}

export function measure(sent: Sent, arrived: readonly Float64Array[]): Measured {
  const calls = sent.atMs.length
  const begunAtMs = sent.atMs[0] ?? Number.NaN
  const lagMs = new Float64Array(calls * arrived.length)
  let lastAtMs = sent.settledAtMs
  let count = 0
  for (const atMs of arrived) {
    for (let n = 0; n < calls; n++) {
      const goneAtMs = atMs[n] ?? Number.NaN
      if (Number.isNaN(goneAtMs)) continue
      lagMs[count++] = goneAtMs - (sent.atMs[n] ?? Number.NaN)
      lastAtMs = Math.max(lastAtMs, goneAtMs)
    }
  }
  return {
    calls,
    lagMs: lagMs.subarray(0, count),
    missing: lagMs.length - count,
    perSecond: (calls / (lastAtMs - begunAtMs)) * 1_000,
    settledPerSecond: (calls / (sent.settledAtMs - begunAtMs)) * 1_000,
  }
}
