import { firstIndex } from './acked-writes.ts'
import type { StalenessReport } from './report.ts'

/** The distribution of what reads were behind, in ms; undefined if there were none. Sorts its argument. */
export function stalenessOf(agesMs: Float64Array): StalenessReport | undefined {
  const { length } = agesMs
  if (length === 0) {
    return undefined
  }
  agesMs.sort()
  const quantile = (share: number) => agesMs[Math.max(0, Math.ceil(share * length) - 1)] ?? 0
  const within = (ms: number) => firstIndex(length, (index) => (agesMs[index] ?? 0) > ms) / length
  return {
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p99Ms: quantile(0.99),
    p999Ms: quantile(0.999),
    maxMs: quantile(1),
    within: { '0ms': within(0), '10ms': within(10), '100ms': within(100), '1s': within(1000) },
  }
}
