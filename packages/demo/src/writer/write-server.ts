import { formatPosition, type Publisher } from '@rescind/bus'
import type { ProductTable } from '../database/product-table.ts'
import { Fields } from '../http/fields.ts'
import { failure, type JsonReply, type JsonRequest } from '../http/json-server.ts'
import { machineClockMs } from '../machine-clock.ts'
import { productRegion } from '../product-region.ts'
import type { PriceChange } from './price-change.ts'

const pricePath = /^\/products\/(?<id>\d{1,9})\/price$/
const highestPriceCents = 100_000_000

/** Changes prices: first the row, then the broadcast that makes every web server forget the product. */
export function writeServer(
  table: ProductTable,
  publisher: Publisher | undefined,
): (request: JsonRequest) => Promise<JsonReply> {
  return async ({ method, url, body }) => {
    const id = pricePath.exec(url.pathname)?.groups?.['id']
    if (id === undefined || method !== 'PUT') return failure(404, 'There is only PUT /products/:id/price')
    const priceCents = readPrice(body)
    if (priceCents === undefined) return failure(400, `The body must be {"priceCents": 1 to ${highestPriceCents}}`)
    const product = await table.setPrice(id, priceCents)
    if (product === undefined) return failure(404, `There is no product ${id}`)
    const committedAtMs = machineClockMs()
    const receipt = await publisher?.invalidate({ region: productRegion, keys: [id] })
    const change: PriceChange = {
      product,
      committedAtMs,
      acknowledgedAtMs: machineClockMs(),
      position: receipt === undefined ? '' : formatPosition(receipt.position),
    }
    return { status: 200, body: change }
  }
}

function readPrice(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('priceCents' in body)) return undefined
  const priceCents = new Fields('body', body).value('priceCents')
  if (typeof priceCents !== 'number' || !Number.isInteger(priceCents)) return undefined
  return priceCents >= 1 && priceCents <= highestPriceCents ? priceCents : undefined
}
