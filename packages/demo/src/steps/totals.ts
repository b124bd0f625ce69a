import { formatCount } from '../format.ts'
import type { Stage } from '../shop.ts'
import type { Row } from '../table.ts'
import { sum } from './figures.ts'

/** What each process did since it started. */
export async function showTotals({ webs, writer, screen, checks }: Stage): Promise<void> {
  screen.heading(5, 'Totals')
  const stats = await Promise.all(webs.map((web) => web.stats()))
  screen.table(
    [
      { title: 'process' },
      { title: 'L1 hits', align: 'right' },
      { title: 'L2 hits', align: 'right' },
      { title: 'joined', align: 'right' },
      { title: 'loads', align: 'right' },
      { title: 'invalidations', align: 'right' },
      { title: 'flushes', align: 'right' },
      { title: 'lag, ms', align: 'right' },
      { title: 'longest, ms', align: 'right' },
    ],
    stats.map((figures): Row => {
      const { l1Hits, l2Hits, joined, loads, invalidationsApplied, flushes } = figures
      const counts = [l1Hits, l2Hits, joined, loads, invalidationsApplied, flushes].map(formatCount)
      return [figures.name, ...counts, `${figures.lastLagMs}`, `${figures.longestLagMs}`]
    }),
  )
  const loads = sum(stats.map((figures) => figures.loads))
  const queries = sum(stats.map((figures) => figures.databaseQueries))
  checks.equal('every load was one database query', queries, loads)
  const applied = stats.map((figures) => figures.invalidationsApplied)
  const everywhere = applied.every((count) => count === writer.changes)
  checks.that(`every process applied all ${formatCount(writer.changes)} invalidations`, everywhere, applied.join(', '))
  const positions = stats.map(({ position }) => position)
  checks.that(`all are at position ${positions[0]} of the log`, new Set(positions).size === 1, positions.join(', '))
}
