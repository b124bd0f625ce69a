import { formatFigure } from './figure.ts'
import type { Line } from './line.ts'

/** The lines as a table: words to the left, numbers to the right. */
export function renderTable(lines: readonly Line[]): string {
  const head = ['figure', 'ours', 'theirs', 'unit', 'peer', 'ours/theirs', 'better']
  const rows = [head, ...lines.map(cells)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const numeric = ['ours', 'theirs', 'ours/theirs'].map((title) => head.indexOf(title))
  const pad = (text: string, column: number) => {
    const width = widths[column] ?? 0
    return numeric.includes(column) ? text.padStart(width) : text.padEnd(width)
  }
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}

function cells({ name, ours, theirs, unit, peer, ratio, better }: Line): string[] {
  return [name, formatFigure(ours), formatFigure(theirs), unit, peer, ratio.toFixed(2), better]
}
