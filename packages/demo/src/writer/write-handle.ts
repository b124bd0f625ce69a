import { HttpClient } from '../http/http-client.ts'
import type { Processes } from '../processes.ts'
import { within } from '../until.ts'
import { type PriceChange, readPriceChange } from './price-change.ts'
import type { WriteConfig } from './write-process.ts'

const connections = 16
const startWithinMs = 30_000

/** The write-service process, seen from outside. */
export class WriteHandle {
  readonly #http: HttpClient
  #changes = 0

  private constructor(http: HttpClient) {
    this.#http = http
  }

  static async start(config: WriteConfig, processes: Processes): Promise<WriteHandle> {
    const name = 'write service'
    const { signal } = processes
    const child = await processes.start(name, './writer/write-process.js')
    const port = await within(`the ${name} to start`, child.call('start', config), { withinMs: startWithinMs, signal })
    const writer = new WriteHandle(new HttpClient(Number(port), connections, signal))
    processes.closing.add(async () => writer.#http.close())
    return writer
  }

  get origin(): string {
    return this.#http.origin
  }

  /** Prices changed so far. */
  get changes(): number {
    return this.#changes
  }

  async setPrice(id: string, priceCents: number): Promise<PriceChange> {
    const { body } = await this.#http.put(`/products/${id}/price`, { priceCents })
    this.#changes++
    return readPriceChange(body)
  }
}
