import type { Line } from './line.ts'

/** What a question measured once, of everybody. */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** Ours first. */
  readonly figures: readonly { readonly who: string; readonly figure: number }[]
}

/** The lines of one figure together, in the order in which they came. */
export function comparisonsOf(lines: readonly Line[]): Comparison[] {
  const names = [...new Set(lines.map(({ name }) => name))]
  return names.flatMap((name) => {
    const same = lines.filter((line) => line.name === name)
    const [first] = same
    if (!first) return []
    const { unit, better, ours } = first
    const theirs = same.map(({ peer, theirs: figure }) => ({ who: peer, figure }))
    return [{ name, unit, better, figures: [{ who: 'rescind', figure: ours }, ...theirs] }]
  })
}

/** How long a bar is, from 0 to 1; 0 for a figure that is none. */
export function shareOf(figure: number, { figures }: Comparison): number {
  const most = Math.max(...figures.map((each) => (Number.isFinite(each.figure) ? each.figure : 0)))
  return Number.isFinite(figure) && most > 0 ? figure / most : 0
}
