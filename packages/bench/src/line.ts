/** One figure of an answer: ours, and that of a peer, from the same run. */
export interface Line {
  /** The question and what was measured, as `lag.4.median`. */
  readonly name: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly ours: number
  readonly peer: string
  readonly theirs: number
  /** ours / theirs */
  readonly ratio: number
}

export function compare(line: Omit<Line, 'ratio'>): Line {
  return { ...line, ratio: line.ours / line.theirs }
}
