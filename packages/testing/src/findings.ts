import type { HistoryRecord } from './history.ts'
import type { Rule, Violation } from './report.ts'

/** Counts what was judged, and keeps the first violations of each rule. */
export class Findings {
  readonly rules: Readonly<Record<Rule, { judged: number; broken: number }>> = {
    'bounded staleness': none(),
    tags: none(),
    'own writes': none(),
    token: none(),
    confirmed: none(),
    'monotonic reads': none(),
    future: none(),
    'stale set': none(),
    'single load': none(),
    'false alarm': none(),
  }
  readonly violations: Violation[] = []
  readonly #kept: number

  /** @param kept how many violations of each rule. */
  constructor(kept: number) {
    this.#kept = kept
  }

  get ok(): boolean {
    return Object.values(this.rules).every(({ broken }) => broken === 0)
  }

  judged(rule: Rule): void {
    this.rules[rule].judged += 1
  }

  /** What was judged broke the rule. */
  broken(rule: Rule, records: readonly HistoryRecord[], sentence: () => string): void {
    const count = this.rules[rule]
    count.broken += 1
    if (count.broken <= this.#kept) {
      this.violations.push({ rule, sentence: sentence(), records })
    }
  }
}

function none(): { judged: number; broken: number } {
  return { judged: 0, broken: 0 }
}
