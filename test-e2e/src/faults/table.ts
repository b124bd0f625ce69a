import { isGreen, type Outcome } from './outcome.ts'

/** What the runs of one scenario came to. */
export interface Row {
  readonly scenario: string
  readonly runs: number
  readonly reads: number
  readonly beyondBound: number
  readonly maxStalenessMs: number
  readonly ownWrites: number
  readonly staleAtQuiet: number
  /** Violations of all other rules, and runs that failed. */
  readonly other: number
  /** The share of reads that were answered, from 0 to 1. */
  readonly availability: number
  readonly loads: number
  readonly tookMs: number
}

export function rowOf(outcomes: readonly Outcome[]): Row {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  const broken = (...rules: readonly (keyof Outcome['report']['rules'])[]) =>
    sum(({ report }) => rules.reduce((total, rule) => total + report.rules[rule].broken, 0))
  const reads = sum(({ report }) => report.availability.reads)
  const failed = sum(({ report }) => report.availability.failed)
  return {
    scenario: outcomes[0]?.scenario ?? '',
    runs: outcomes.length,
    reads,
    beyondBound: broken('bounded staleness', 'tags'),
    maxStalenessMs: Math.max(0, ...outcomes.map(({ report }) => report.staleness?.maxMs ?? 0)),
    ownWrites: broken('own writes', 'token', 'confirmed'),
    staleAtQuiet: broken('stale set'),
    other:
      broken('monotonic reads', 'future', 'single load', 'false alarm') +
      sum(({ failure }) => (failure === undefined ? 0 : 1)),
    availability: reads === 0 ? 0 : (reads - failed) / reads,
    loads: sum(({ report }) => report.loads),
    tookMs: sum(({ tookMs }) => tookMs),
  }
}

const HEAD = [
  'scenario',
  'runs',
  'reads',
  'beyond the bound',
  'max staleness',
  'own writes',
  'stale at quiet',
  'other',
  'answered',
  'loads',
  'took',
]

/** One line for each scenario, and one for all of them. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.map(({ scenario }) => scenario))]
  const rows = names.map((name) => rowOf(outcomes.filter(({ scenario }) => scenario === name)))
  const all = { ...rowOf(outcomes), scenario: 'all' }
  const cells = [HEAD, ...[...rows, all].map(cellsOf)]
  const widths = HEAD.map((_, n) => Math.max(...cells.map((row) => row[n]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  '),
  )
  return `${lines.join('\n')}\n${outcomes.every(isGreen) ? 'Nothing is violated.' : 'VIOLATED'}`
}

function cellsOf(row: Row): string[] {
  return [
    row.scenario,
    `${row.runs}`,
    row.reads.toLocaleString('en'),
    `${row.beyondBound}`,
    `${Math.round(row.maxStalenessMs)} ms`,
    `${row.ownWrites}`,
    `${row.staleAtQuiet}`,
    `${row.other}`,
    `${(row.availability * 100).toFixed(2)} %`,
    row.loads.toLocaleString('en'),
    `${Math.round(row.tookMs / 1_000)} s`,
  ]
}
