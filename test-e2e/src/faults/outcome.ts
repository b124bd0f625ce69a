import type { HistoryRecord, HistoryReport } from '@rescind/testing'

/** What came of one run of a scenario. */
export interface Outcome {
  readonly scenario: string
  readonly seed: number
  readonly report: HistoryReport
  /** What there was to be broken. */
  readonly faults: readonly string[]
  /** What else went wrong: a process that crashed, or never recovered. */
  readonly failure: string | undefined
  readonly history: readonly HistoryRecord[]
  readonly tookMs: number
}

export function isGreen({ report, failure }: Outcome): boolean {
  return report.ok && failure === undefined
}

/** What was broken, in words, the first of each rule. */
export function complaintsOf({ report, failure }: Outcome): string[] {
  const broken = report.violations.map(({ rule, sentence }) => `${rule}: ${sentence}`)
  return failure === undefined ? broken : [`failed: ${failure}`, ...broken]
}
