import { eachAtMost } from '../batches.ts'
import { machineClockMs } from '../machine-clock.ts'
import type { Stage } from '../shop.ts'
import { until } from '../until.ts'
import type { Page } from '../web/web-handle.ts'

/** How one process fared while it had no Redis and prices went on changing. */
export interface Outage {
  readonly writesBeforeCut: number
  readonly writesWhileCut: number
  readonly writesAfterHeal: number
  /** Broadcasts that the process had not heard of when it was let back to Redis. */
  readonly missed: number
  /** What it answered meanwhile. */
  readonly pagesMeanwhile: readonly Page[]
  readonly cutForMs: number
  /** From the moment that it could reach Redis again until it was live. */
  readonly backAfterMs: number
}

export interface OutagePlan {
  /** Whose prices change. */
  readonly writtenIds: readonly string[]
  /** What is read of the process while it is cut off. */
  readonly readIds: readonly string[]
  readonly cutAfter: number
  readonly healAfter: number
}

const writesAtOnce = 8
const raiseCents = 100
const recoverWithinMs = 15_000

/** Changes all the prices, cuts the proxied process off in between, and waits until every process has caught up. */
export async function writeThroughOutage(stage: Stage, plan: OutagePlan): Promise<Outage> {
  const { proxied, proxy, writer, table, screen, signal } = stage
  const { cutAfter, healAfter, readIds } = plan
  const products = await table.findMany(plan.writtenIds)
  const progress = screen.progress('Prices change', products.length)
  let written = 0
  const write = async (from: number, to: number) => {
    await eachAtMost(writesAtOnce, products.slice(from, to), async ({ id, priceCents }) => {
      await writer.setPrice(id, priceCents + raiseCents)
      progress.at(++written)
    })
  }

  await write(0, cutAfter)
  await proxy.cut()
  const cutAtMs = machineClockMs()
  const [pagesMeanwhile] = await Promise.all([
    Promise.all(readIds.map((id) => proxied.read(id))),
    write(cutAfter, healAfter),
  ])
  const missed = writer.changes - (await proxied.stats()).invalidationsApplied

  await proxy.heal()
  const healedAtMs = machineClockMs()
  const [liveAtMs] = await Promise.all([proxied.becomeLive(signal), write(healAfter, products.length)])
  progress.end(`${products.length} of them, ${writesAtOnce} at a time`)
  await caughtUp(stage)
  return {
    writesBeforeCut: cutAfter,
    writesWhileCut: healAfter - cutAfter,
    writesAfterHeal: products.length - healAfter,
    missed,
    pagesMeanwhile,
    cutForMs: healedAtMs - cutAtMs,
    backAfterMs: liveAtMs - healedAtMs,
  }
}

async function caughtUp({ webs, writer, signal }: Stage): Promise<void> {
  const waits = webs.map((web) => {
    const behind = async () => {
      const { invalidationsApplied } = await web.stats()
      if (invalidationsApplied >= writer.changes) return true
      throw new Error(`${invalidationsApplied} of ${writer.changes}`)
    }
    return until(`${web.name} to apply every invalidation`, behind, { withinMs: recoverWithinMs, signal })
  })
  await Promise.all(waits)
}
