import { randomBytes } from 'node:crypto'
import { allSettled } from './all-settled.ts'
import type { Checks } from './checks.ts'
import type { Closing } from './closing.ts'
import { openDatabase } from './database/database.ts'
import { ProductTable, type ProductTableOptions } from './database/product-table.ts'
import { ProxyHandle } from './proxy/proxy-handle.ts'
import { openRedis, redisUrlVia } from './redis/redis.ts'
import { formatCount, type Screen } from './screen.ts'
import { WebHandle } from './web/web-handle.ts'
import { WriteHandle } from './writer/write-handle.ts'

/** Everything that runs. */
export interface Shop {
  readonly webs: readonly WebHandle[]
  /** The one of the web servers that reaches Redis through the proxy. */
  readonly proxied: WebHandle
  readonly proxy: ProxyHandle
  readonly writer: WriteHandle
  /** The database itself, past every cache. */
  readonly table: ProductTable
}

/** What a step has to work with. */
export interface Stage extends Shop {
  readonly screen: Screen
  readonly checks: Checks
  readonly signal: AbortSignal
}

export interface ShopOptions {
  readonly env: NodeJS.ProcessEnv
  readonly broadcast: boolean
  readonly screen: Screen
  readonly closing: Closing
  readonly signal: AbortSignal
}

const productCount = 5_000
const webCount = 4

/** Starts everything; what was started is registered to be stopped even if this fails half-way. */
export async function openShop({ env, broadcast, screen, closing, signal }: ShopOptions): Promise<Shop> {
  const runId = randomBytes(6).toString('hex')
  const runName = `rescind-demo-${runId}`

  const servers = screen.progress('Redis and the database start')
  const [redis, { url: databaseUrl, what }] = await allSettled([
    openRedis(env, runName, closing),
    openDatabase(env, closing, signal),
  ] as const)
  servers.end(`${redis.what}, ${what}`)
  signal.throwIfAborted()

  const database = { databaseUrl, schema: `rescind_demo_${runId}` }
  const table = await openTable(database, screen, closing)
  signal.throwIfAborted()

  const processes = screen.progress('Web servers and the write service start')
  const proxy = await ProxyHandle.start(redis, closing, signal)
  const startWeb = (index: number) => {
    const redisUrl = index === webCount ? redisUrlVia(redis.url, proxy) : redis.url
    return WebHandle.start({ name: `web-${index}`, busName: runName, redisUrl, database }, closing, signal)
  }
  const [writer, ...webs] = await allSettled([
    WriteHandle.start({ busName: runName, redisUrl: redis.url, database, broadcast }, closing, signal),
    ...Array.from({ length: webCount }, (_, index) => startWeb(index + 1)),
  ] as const)
  const proxied = webs.at(-1)
  if (proxied === undefined) throw new Error('There is no web server')
  processes.end(`${webs.map(({ name }) => name).join(', ')}; ${proxied.name} reaches Redis through a proxy`)
  return { webs, proxied, proxy, writer, table }
}

async function openTable(database: ProductTableOptions, screen: Screen, closing: Closing): Promise<ProductTable> {
  const table = new ProductTable(database)
  closing.add(() => table.close())
  const seeding = screen.progress('The products are made')
  await table.connect()
  closing.add(() => table.drop())
  await table.create()
  await table.seed(productCount)
  seeding.end(`${formatCount(productCount)} of them`)
  return table
}
