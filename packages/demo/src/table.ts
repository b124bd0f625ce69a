import type { Paint, Style } from './paint.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Text, or text with a style, which has no part in the width. */
export type Cell = string | { readonly text: string; readonly style: Style }

export type Row = readonly Cell[]

/**
 * A table with a rule under its head, each column as wide as its widest cell.
 *
 * @throws {RangeError} when a row has more or fewer cells than there are columns.
 */
export function renderTable(columns: readonly Column[], rows: readonly Row[], paint: Paint): string {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new RangeError(`A row of ${row.length} cells among ${columns.length} columns`)
    }
  }
  const head = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }))
  const lines = [head, ...rows]
  const painted = columns.map(({ align }, index) => {
    const cells = lines.map((line) => line[index] ?? '')
    // Nothing follows the last column, so that its words need no blanks after them.
    return align === 'right' || index < columns.length - 1 ? padded(cells, align, paint) : cells.map(bare(paint))
  })
  const rule = columns.map((_, index) => '─'.repeat(widest(lines.map((line) => line[index] ?? ''))))
  const [headLine = '', ...rowLines] = lines.map((_, row) => painted.map((column) => column[row]).join(' │ '))
  return [headLine, rule.join('─┼─'), ...rowLines].map((line) => `${line}\n`).join('')
}

function padded(cells: readonly Cell[], align: Column['align'], paint: Paint): string[] {
  const width = widest(cells)
  return cells.map((cell) => {
    const blank = ' '.repeat(width - textOf(cell).length)
    const text = bare(paint)(cell)
    return align === 'right' ? blank + text : text + blank
  })
}

function bare(paint: Paint): (cell: Cell) => string {
  return (cell) => (typeof cell === 'string' ? cell : paint(cell.style, cell.text))
}

function widest(cells: readonly Cell[]): number {
  return Math.max(...cells.map((cell) => textOf(cell).length))
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
