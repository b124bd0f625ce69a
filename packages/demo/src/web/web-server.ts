import { failure, type JsonReply, type JsonRequest } from '../http/json-server.ts'
import { machineClockMs } from '../machine-clock.ts'
import type { Catalogue } from './catalogue.ts'

const onePath = /^\/products\/(?<id>\d{1,9})$/
const idList = /^\d{1,9}(,\d{1,9})*$/

/** The pages of a web server: one product, several, what L1 holds, and the figures of the process. */
export function webServer(catalogue: Catalogue): (request: JsonRequest) => Promise<JsonReply> {
  return async ({ method, url }) => {
    if (method !== 'GET') return failure(405, 'Prices are changed at the write service')
    const id = onePath.exec(url.pathname)?.groups?.['id']
    if (id !== undefined) return await oneProduct(catalogue, id)
    if (url.pathname === '/stats') return ok(catalogue.report())
    if (url.pathname !== '/products' && url.pathname !== '/held') return failure(404, `There is no ${url.pathname}`)
    const ids = url.searchParams.get('ids') ?? ''
    if (!idList.test(ids)) return failure(400, '?ids= must be numbers with commas between them')
    if (url.pathname === '/held') return ok({ ids: catalogue.held(ids.split(',')) })
    return ok({ answers: await catalogue.readMany(ids.split(',')) })
  }
}

async function oneProduct(catalogue: Catalogue, id: string): Promise<JsonReply> {
  const startedAtMs = machineClockMs()
  const { product, source } = await catalogue.read(id)
  const tookMs = (machineClockMs() - startedAtMs).toFixed(3)
  const headers = { 'x-source': source, 'server-timing': `read;desc="${source}";dur=${tookMs}` }
  if (product === undefined) return { ...failure(404, `There is no product ${id}`), headers }
  return { status: 200, headers, body: product }
}

function ok(body: unknown): JsonReply {
  return { status: 200, body }
}
