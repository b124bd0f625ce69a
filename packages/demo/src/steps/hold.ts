import { inBatches } from '../batches.ts'
import { formatCount } from '../format.ts'
import type { Stage } from '../shop.ts'

const batchSize = 250

/** Reads and writes other products for a while: what is measured later is no compiler at work. */
export async function warmUp({ webs, writer, table, screen, signal }: Stage, ids: readonly string[]): Promise<void> {
  const each = 2 * webs.length + 1
  const progress = screen.progress('The processes warm up', each * ids.length)
  let done = 0
  for (const { id, priceCents } of await table.findMany(ids)) {
    signal.throwIfAborted()
    await Promise.all(webs.map((web) => web.read(id)))
    await Promise.all(webs.map((web) => web.read(id)))
    await writer.setPrice(id, priceCents)
    done += each
    progress.at(done)
  }
  progress.end(`${formatCount(done)} reads and writes of other products`)
}

/** Reads these products in every web server, so that each has all of them in L1. */
export async function holdEverywhere({ webs, screen, checks }: Stage, ids: readonly string[]): Promise<void> {
  const total = ids.length * webs.length
  const progress = screen.progress('The web servers read', total)
  let done = 0
  for (const web of webs) {
    for (const batch of inBatches(ids, batchSize)) {
      await web.readMany(batch)
      done += batch.length
      progress.at(done)
    }
  }
  progress.end(`${formatCount(ids.length)} products each`)
  for (const web of webs) {
    const held = await web.held(ids)
    if (held.size !== ids.length) checks.equal(`${web.name} has what it read in L1`, held.size, ids.length)
  }
}
