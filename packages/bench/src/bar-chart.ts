import { type Comparison, comparisonsOf, shareOf } from './comparison.ts'
import { formatFigure } from './figure.ts'
import type { Line } from './line.ts'

const widest = 40
/** A cell filled from the left by so many eighths. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A group of bars for each figure, for a terminal. */
export function renderBars(lines: readonly Line[]): string {
  return comparisonsOf(lines).map(renderGroup).join('\n')
}

function renderGroup(comparison: Comparison): string {
  const { name, unit, better, figures } = comparison
  const width = Math.max(...figures.map(({ who }) => who.length))
  const bars = figures.map(({ who, figure }) => {
    const bar = barOf(shareOf(figure, comparison))
    return `  ${who.padEnd(width)} ${bar}${bar && ' '}${formatFigure(figure)}\n`
  })
  return `${name}, ${unit}, ${better} is better\n${bars.join('')}`
}

function barOf(share: number): string {
  const filled = Math.round(share * widest * eighths.length)
  return '█'.repeat(Math.floor(filled / eighths.length)) + (eighths[filled % eighths.length] ?? '')
}
