import { formatCount, formatMs } from '../format.ts'
import type { Stage } from '../shop.ts'
import type { Row } from '../table.ts'
import type { WebStats } from '../web/web-stats.ts'
import { holdEverywhere } from './hold.ts'
import { type Outage, writeThroughOutage } from './outage-writes.ts'
import { lookAtShelf, type Shelf, type Stock } from './shelf.ts'

const ids = Array.from({ length: 1_500 }, (_, index) => `${1_001 + index}`)
const isWritten = (id: string) => Number(id) % 3 === 0
const writtenIds = ids.filter(isWritten)
const unwrittenIds = ids.filter((id) => !isWritten(id))
const plan = { writtenIds, readIds: unwrittenIds.slice(0, 100), cutAfter: 150, healAfter: 350 }

/** A web server before and after the outage. */
interface Aftermath {
  readonly name: string
  readonly before: WebStats
  readonly after: WebStats
  readonly shelf: Shelf
}

/** The connections of one process are cut in the middle of many writes. */
export async function showOutage(stage: Stage): Promise<void> {
  const { webs, proxied, screen, table } = stage
  screen.heading(4, `${writtenIds.length} prices change, and ${proxied.name} loses Redis in the middle`)
  await holdEverywhere(stage, ids)
  const before = await Promise.all(webs.map((web) => web.stats()))
  const outage = await writeThroughOutage(stage, plan)

  const products = await table.findMany(ids)
  const stock: Stock = { truth: new Map(products.map((product) => [product.id, product])), writtenIds, unwrittenIds }
  const aftermaths: Aftermath[] = []
  for (const [index, web] of webs.entries()) {
    // Before the shelf is read: what L1 held is counted with the figures that belong to it.
    const after = await web.stats()
    const shelf = await lookAtShelf(web, stock)
    aftermaths.push({ name: web.name, before: before[index] ?? after, after, shelf })
  }
  showAftermath(stage, outage, aftermaths)
  checkAftermath(stage, outage, aftermaths)
}

function showAftermath({ proxied, screen }: Stage, outage: Outage, aftermaths: readonly Aftermath[]): void {
  const { writesBeforeCut, writesWhileCut, writesAfterHeal, missed, cutForMs, backAfterMs } = outage
  screen.note(`${writesBeforeCut} writes, then every connection of ${proxied.name} is cut and none is accepted;`)
  screen.note(`${writesWhileCut} writes in ${formatMs(cutForMs)} ms that it cannot hear of (it missed ${missed});`)
  screen.note(
    `connections are accepted, ${proxied.name} is live after ${formatMs(backAfterMs)} ms; ${writesAfterHeal} writes.`,
  )
  screen.table(
    [
      { title: 'process' },
      { title: 'invalidations', align: 'right' },
      { title: 'reconnects', align: 'right' },
      { title: 'flushes', align: 'right' },
      { title: `kept of ${formatCount(unwrittenIds.length)}`, align: 'right' },
      { title: `left of ${formatCount(writtenIds.length)}`, align: 'right' },
      { title: 'old prices', align: 'right' },
    ],
    aftermaths.map(({ name, before, after, shelf }): Row => {
      const counts = [
        after.invalidationsApplied - before.invalidationsApplied,
        after.reconnects - before.reconnects,
        after.flushes - before.flushes,
        shelf.keptUnwritten,
        shelf.keptWritten,
        shelf.old.length,
      ]
      return [name, ...counts.map(formatCount)]
    }),
  )
}

function checkAftermath({ proxied, checks }: Stage, outage: Outage, aftermaths: readonly Aftermath[]): void {
  const { missed, pagesMeanwhile, writesWhileCut } = outage
  const hitsMeanwhile = pagesMeanwhile.filter(({ source }) => source === 'l1').length
  const unwritten = formatCount(unwrittenIds.length)
  const all = (claim: string, holds: (aftermath: Aftermath) => boolean, seen: (aftermath: Aftermath) => unknown) => {
    checks.that(claim, aftermaths.every(holds), aftermaths.map((each) => `${each.name} ${seen(each)}`).join(', '))
  }
  checks.that(`${proxied.name} missed what was written meanwhile`, missed >= writesWhileCut, `${missed} missed`)
  checks.equal(`meanwhile it answered ${pagesMeanwhile.length} reads from L1`, hitsMeanwhile, pagesMeanwhile.length)
  all(
    'no process flushed its L1',
    ({ before, after }) => after.flushes === before.flushes,
    ({ before, after }) => after.flushes - before.flushes,
  )
  all(
    `every process kept exactly the ${unwritten} products that nobody wrote`,
    ({ shelf }) => shelf.keptUnwritten === unwrittenIds.length && shelf.keptWritten === 0,
    ({ shelf }) => `${shelf.keptUnwritten} and ${shelf.keptWritten} that were written`,
  )
  all(
    `a read of all is answered from L1 for those ${unwritten} and for no other`,
    ({ shelf }) => shelf.hitsUnwritten === unwrittenIds.length && shelf.hitsWritten === 0,
    ({ shelf }) => `${shelf.hitsUnwritten} and ${shelf.hitsWritten} that were written`,
  )
  all(
    'no process has an old price: each answer is what the database says',
    ({ shelf }) => shelf.old.length === 0,
    ({ shelf }) => `${shelf.old.length} old (${shelf.old.slice(0, 5).join(' ')})`,
  )
}
