import { formatMs, formatPrice } from '../format.ts'
import type { Stage } from '../shop.ts'
import type { Row } from '../table.ts'
import { until } from '../until.ts'
import type { Page } from '../web/web-handle.ts'
import type { PriceChange } from '../writer/price-change.ts'
import { databaseQueries, quantile } from './figures.ts'
import { holdEverywhere } from './hold.ts'
import { sourceCell } from './source-cell.ts'

const id = '42'
const furtherIds = Array.from({ length: 100 }, (_, index) => `${101 + index}`)
const raiseCents = 100
const dropWithinMs = 5_000

/** A price changes, and every process drops the old one. */
export async function showPriceChange(stage: Stage): Promise<void> {
  const { webs, table, screen, checks } = stage
  screen.heading(3, `Product ${id} gets a new price`)
  await holdEverywhere(stage, [id, ...furtherIds])
  const before = await Promise.all(webs.map((web) => web.read(id)))
  const oldCents = before[0]?.product.priceCents ?? 0

  const queriesBefore = await databaseQueries(webs)
  const { change, dropsMs, stillHeld } = await changePrice(stage, id, oldCents + raiseCents)
  const after: Page[] = []
  for (const web of webs) after.push(await web.read(id))
  const queries = (await databaseQueries(webs)) - queriesBefore

  const further: (readonly number[])[] = []
  const progress = screen.progress('Further prices change', furtherIds.length)
  for (const [index, product] of (await table.findMany(furtherIds)).entries()) {
    further.push((await changePrice(stage, product.id, product.priceCents + raiseCents)).dropsMs)
    progress.at(index + 1)
  }
  progress.end(`${further.length}, one after the other`)

  screen.note(
    `Times are from the commit, with which the broadcast begins; it was acknowledged after ${formatMs(acknowledgedMs(change))} ms.`,
  )
  screen.note(`Median and slowest are of the ${further.length} further changes.`)
  screen.table(
    [
      { title: 'process' },
      { title: 'before' },
      { title: 'dropped, ms', align: 'right' },
      { title: 'next read' },
      { title: 'price', align: 'right' },
      { title: 'median, ms', align: 'right' },
      { title: 'slowest, ms', align: 'right' },
    ],
    webs.map((web, index): Row => {
      const furtherMs = further.map((drops) => drops[index] ?? Number.NaN)
      return [
        web.name,
        sourceCell(before[index]?.source ?? 'database'),
        formatMs(dropsMs[index] ?? Number.NaN),
        sourceCell(after[index]?.source ?? 'database'),
        formatPrice(after[index]?.product.priceCents ?? Number.NaN),
        formatMs(quantile(furtherMs, 0.5)),
        formatMs(quantile(furtherMs, 1)),
      ]
    }),
  )
  checks.that(
    'every process had the old price in L1',
    before.every(({ source }) => source === 'l1'),
    sourcesOf(before),
  )
  checks.equal('every process was told, and none would serve it from L1 any more', stillHeld, 0)
  const newCents = change.product.priceCents
  checks.that('the next read is new everywhere', after.every(isPrice(newCents)), pricesOf(after))
  checks.equal('one database query for all of them', queries, 1)
}

interface Dropped {
  readonly change: PriceChange
  /** For each web server, from the beginning of the broadcast until its L1 had dropped the product. */
  readonly dropsMs: readonly number[]
  /** How many would still serve it from L1 after that. */
  readonly stillHeld: number
}

async function changePrice({ webs, writer, signal }: Stage, id: string, priceCents: number): Promise<Dropped> {
  const change = await writer.setPrice(id, priceCents)
  const drops = await Promise.all(
    webs.map((web) => {
      const seen = () => web.dropOf(id, change.committedAtMs)
      return until(`${web.name} to drop product ${id}`, seen, { withinMs: dropWithinMs, signal, pollMs: 1 })
    }),
  )
  return {
    change,
    dropsMs: drops.map(({ atMs }) => atMs - change.committedAtMs),
    stillHeld: drops.filter((drop) => drop.stillHeld.includes(id)).length,
  }
}

function acknowledgedMs({ committedAtMs, acknowledgedAtMs }: PriceChange): number {
  return acknowledgedAtMs - committedAtMs
}

function isPrice(cents: number): (page: Page) => boolean {
  return ({ product }) => product.priceCents === cents
}

function sourcesOf(pages: readonly Page[]): string {
  return pages.map(({ source }) => source).join(', ')
}

function pricesOf(pages: readonly Page[]): string {
  return pages.map(({ product }) => formatPrice(product.priceCents)).join(', ')
}
