import { formatCount, formatMs } from '../format.ts'
import type { Stage } from '../shop.ts'
import type { Row } from '../table.ts'
import { until } from '../until.ts'
import { type Source, sources } from '../web/source.ts'
import type { Page, WebHandle } from '../web/web-handle.ts'
import { databaseQueries, quantile, sum } from './figures.ts'

const id = '77'
const readsPerWeb = 250
const arriveWithinMs = 8_000

/** A thousand reads of one product that no cache has; they all wait, since the database is held up until they do. */
export async function showStampede(stage: Stage): Promise<void> {
  const { webs, table, screen, checks } = stage
  const reads = readsPerWeb * webs.length
  screen.heading(2, `Product ${id}, cold, ${formatCount(reads)} times at once`)

  const queriesBefore = await databaseQueries(webs)
  const { crowds, waiting } = await table.holdUp(() => gather(stage, reads))
  const answered = await Promise.all(crowds)
  const queries = (await databaseQueries(webs)) - queriesBefore

  const pages = answered.flatMap((crowd) => crowd.pages)
  screen.note(`The table was locked until ${formatCount(waiting)} requests waited for it.`)
  screen.table(
    [
      { title: 'process' },
      { title: 'answers', align: 'right' },
      ...sources.map((source) => ({ title: source, align: 'right' }) as const),
      { title: 'fastest, ms', align: 'right' },
      { title: 'slowest, ms', align: 'right' },
    ],
    [...answered.map((crowd) => crowdRow(crowd.web.name, crowd.pages)), crowdRow('all', pages)],
  )
  checks.equal(`${formatCount(reads)} reads waited at the same time`, waiting, reads)
  checks.equal('all got an answer', pages.length, reads)
  checks.equal('all got the same answer', new Set(pages.map(({ product }) => JSON.stringify(product))).size, 1)
  checks.equal('one database query in total', queries, 1)
}

interface Crowd {
  readonly web: WebHandle
  readonly pages: readonly Page[]
}

/** Sends all reads and waits until all of them wait for their answers. */
async function gather(
  { webs, signal }: Stage,
  reads: number,
): Promise<{ readonly crowds: readonly Promise<Crowd>[]; readonly waiting: number }> {
  const crowds = webs.map((web) => readAtOnce(web))
  // Awaited by the caller, but not before the lock is gone.
  for (const crowd of crowds) crowd.catch(() => {})
  const allWait = async () => {
    const waiting = sum((await Promise.all(webs.map((web) => web.stats()))).map(({ reading }) => reading))
    if (waiting === reads) return waiting
    throw new Error(`${waiting} do`)
  }
  return { crowds, waiting: await until(`${reads} reads to wait`, allWait, { withinMs: arriveWithinMs, signal }) }
}

async function readAtOnce(web: WebHandle): Promise<Crowd> {
  return { web, pages: await Promise.all(Array.from({ length: readsPerWeb }, () => web.read(id))) }
}

function crowdRow(name: string, pages: readonly Page[]): Row {
  const from = (source: Source) => formatCount(pages.filter((page) => page.source === source).length)
  const roundTripsMs = pages.map((page) => page.roundTripMs)
  const times = [formatMs(quantile(roundTripsMs, 0)), formatMs(quantile(roundTripsMs, 1))]
  return [name, formatCount(pages.length), ...sources.map(from), ...times]
}
