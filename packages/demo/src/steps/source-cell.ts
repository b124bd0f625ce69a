import type { Style } from '../paint.ts'
import type { Cell } from '../table.ts'
import type { Source } from '../web/source.ts'

const styles: Readonly<Record<Source, Style>> = { l1: 'green', l2: 'cyan', joined: 'dim', database: 'yellow' }

export function sourceCell(source: Source): Cell {
  return { text: source, style: styles[source] }
}
