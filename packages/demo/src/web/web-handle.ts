import { type Product, readProduct } from '../database/product.ts'
import { Fields, readText } from '../http/fields.ts'
import { HttpClient } from '../http/http-client.ts'
import { machineClockMs } from '../machine-clock.ts'
import type { Processes } from '../processes.ts'
import { until, within } from '../until.ts'
import { type Drop, readDrop } from './drop.ts'
import { readSource, type Source } from './source.ts'
import type { WebConfig } from './web-config.ts'
import { readWebStats, type WebStats } from './web-stats.ts'

/** A product as a browser would get it. */
export interface Page {
  readonly product: Product
  readonly source: Source
  /** What the server says that the read took. */
  readonly inServerMs: number
  readonly roundTripMs: number
}

/** For the 250 requests of the stampede, with some to spare for those that ask how it goes. */
const connections = 256
const startWithinMs = 30_000
const liveWithinMs = 15_000

/** A web-server process, seen from outside: over HTTP, but for the drops that it reports as they happen. */
export class WebHandle {
  readonly name: string
  readonly #http: HttpClient
  readonly #drops = new Map<string, Drop>()

  private constructor(name: string, http: HttpClient) {
    this.name = name
    this.#http = http
  }

  static async start(config: WebConfig, processes: Processes): Promise<WebHandle> {
    const { name } = config
    const { signal } = processes
    const child = await processes.start(name, './web/web-process.js')
    const port = await within(`${name} to start`, child.call('start', config), { withinMs: startWithinMs, signal })
    const web = new WebHandle(name, new HttpClient(Number(port), connections, signal))
    processes.closing.add(async () => web.#http.close())
    child.onEvent((event) => web.#onDrop(readDrop(event)))
    await web.becomeLive(signal)
    return web
  }

  get origin(): string {
    return this.#http.origin
  }

  async read(id: string): Promise<Page> {
    const { headers, body, roundTripMs } = await this.#http.get(`/products/${id}`)
    return {
      product: readProduct(body),
      source: readSource(headers['x-source']),
      inServerMs: Number(/dur=([\d.]+)/.exec(String(headers['server-timing']))?.[1]),
      roundTripMs,
    }
  }

  /** Several products at once, by id, with where each came from. */
  async readMany(ids: readonly string[]): Promise<Map<string, { readonly product: Product; readonly source: Source }>> {
    const { body } = await this.#http.get(`/products?ids=${ids.join(',')}`)
    const answers = new Fields('page', body).list('answers', (answer) => {
      const fields = new Fields('answer', answer)
      const product = readProduct(fields.value('product'))
      return [product.id, { product, source: readSource(fields.value('source')) }] as const
    })
    return new Map(answers)
  }

  /** Which of these its L1 would serve now; nobody is asked. */
  async held(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { body } = await this.#http.get(`/held?ids=${ids.join(',')}`)
    return new Set(new Fields('page', body).list('ids', readText))
  }

  async stats(): Promise<WebStats> {
    const { body } = await this.#http.get('/stats')
    return readWebStats(body)
  }

  /** Resolves with the time on the clock of the machine at which it was seen to hear everything. */
  async becomeLive(signal: AbortSignal): Promise<number> {
    const seen = async () => ((await this.stats()).status === 'live' ? machineClockMs() : undefined)
    return await until(`${this.name} to be live`, seen, { withinMs: liveWithinMs, signal })
  }

  /** The last drop of this product that was reported since `sinceMs` on the clock of the machine. */
  dropOf(id: string, sinceMs: number): Drop | undefined {
    const drop = this.#drops.get(id)
    return drop !== undefined && drop.atMs >= sinceMs ? drop : undefined
  }

  #onDrop(drop: Drop): void {
    for (const id of drop.ids) this.#drops.set(id, drop)
  }
}
