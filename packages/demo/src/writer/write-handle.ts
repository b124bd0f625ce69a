import { startChild } from '../child.ts'
import type { Closing } from '../closing.ts'
import { HttpClient } from '../http/http-client.ts'
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

  static async start(config: WriteConfig, closing: Closing, signal: AbortSignal): Promise<WriteHandle> {
    const name = 'write service'
    const child = await startChild({ name, script: './writer/write-process.js', closing, signal })
    const port = await within(`the ${name} to start`, child.call('start', config), { withinMs: startWithinMs, signal })
    const writer = new WriteHandle(new HttpClient(Number(port), connections, signal))
    closing.add(async () => writer.#http.close())
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
