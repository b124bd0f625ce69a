import { inBatches } from '../batches.ts'
import type { Product } from '../database/product.ts'
import type { WebHandle } from '../web/web-handle.ts'

/** What a web server has of some products, some of which were written. */
export interface Shelf {
  /** In L1 before anybody read again: of those that nobody wrote, and of those that were written. */
  readonly keptUnwritten: number
  readonly keptWritten: number
  /** Answers from L1 when all are read: again, of those that nobody wrote and of the others. */
  readonly hitsUnwritten: number
  readonly hitsWritten: number
  /** Answers that are not what the database says. */
  readonly old: readonly string[]
}

export interface Stock {
  /** What the database says, by id. */
  readonly truth: ReadonlyMap<string, Product>
  readonly writtenIds: readonly string[]
  readonly unwrittenIds: readonly string[]
}

const batchSize = 250

/** Looks at what L1 holds without asking anybody, then reads everything and compares it with the database. */
export async function lookAtShelf(web: WebHandle, { truth, writtenIds, unwrittenIds }: Stock): Promise<Shelf> {
  const kept = { unwritten: await countHeld(web, unwrittenIds), written: await countHeld(web, writtenIds) }
  const unwritten = await readAll(web, unwrittenIds)
  const written = await readAll(web, writtenIds)
  const old = [...unwritten, ...written].filter(({ product }) => !isCurrent(product, truth.get(product.id)))
  return {
    keptUnwritten: kept.unwritten,
    keptWritten: kept.written,
    hitsUnwritten: unwritten.filter(({ source }) => source === 'l1').length,
    hitsWritten: written.filter(({ source }) => source === 'l1').length,
    old: old.map(({ product }) => product.id),
  }
}

async function countHeld(web: WebHandle, ids: readonly string[]): Promise<number> {
  let count = 0
  for (const batch of inBatches(ids, batchSize)) count += (await web.held(batch)).size
  return count
}

type Read = Awaited<ReturnType<WebHandle['readMany']>> extends ReadonlyMap<string, infer R> ? R : never

async function readAll(web: WebHandle, ids: readonly string[]): Promise<Read[]> {
  const reads: Read[] = []
  for (const batch of inBatches(ids, batchSize)) reads.push(...(await web.readMany(batch)).values())
  return reads
}

function isCurrent(product: Product, truth: Product | undefined): boolean {
  return product.priceCents === truth?.priceCents && product.version === truth.version
}
