import { randomBytes } from 'node:crypto'
import { allSettled } from './all-settled.ts'
import type { Checks } from './checks.ts'
import type { Closing } from './closing.ts'
import { openDatabase } from './database/database.ts'
import { ProductTable, type ProductTableOptions } from './database/product-table.ts'
import { formatCount } from './format.ts'
import type { Processes } from './processes.ts'
import { ProxyHandle } from './proxy/proxy-handle.ts'
import { openRedis, redisUrlVia } from './redis/redis.ts'
import type { Screen } from './screen.ts'
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
  readonly processes: Processes
}

const productCount = 5_000
const webCount = 4

/** Starts everything; what was started is registered to be stopped even if this fails half-way. */
export async function openShop({ env, broadcast, screen, processes }: ShopOptions): Promise<Shop> {
  const { closing, signal } = processes
  const runId = randomBytes(6).toString('hex')
  const runName = `rescind-demo-${runId}`

  const servers = screen.progress('Redis and the database start')
  const [redis, { url: databaseUrl, what }] = await allSettled([
    openRedis(env, runName, closing),
    openDatabase(env, processes),
  ] as const)
  servers.end(`${redis.what}, ${what}`)
  signal.throwIfAborted()

  const database = { databaseUrl, schema: `rescind_demo_${runId}` }
  const table = await openTable(database, screen, closing)
  signal.throwIfAborted()

  const starting = screen.progress('Web servers and the write service start')
  const proxy = await ProxyHandle.start(redis, processes)
  const startWeb = (index: number) => {
    const redisUrl = index === webCount ? redisUrlVia(redis.url, proxy) : redis.url
    return WebHandle.start({ name: `web-${index}`, busName: runName, redisUrl, database }, processes)
  }
  const [writer, ...webs] = await allSettled([
    WriteHandle.start({ busName: runName, redisUrl: redis.url, database, broadcast }, processes),
    ...Array.from({ length: webCount }, (_, index) => startWeb(index + 1)),
  ] as const)
  const proxied = webs.at(-1)
  if (proxied === undefined) throw new Error('There is no web server')
  starting.end(`${webs.map(({ name }) => name).join(', ')}; ${proxied.name} reaches Redis through a proxy`)
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
