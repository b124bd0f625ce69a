import { type Cache, type CacheEvent, createCache, type Region } from '@rescind/client'
import type { Product } from '../database/product.ts'
import { ProductTable } from '../database/product-table.ts'
import { productRegion } from '../product-region.ts'
import { Lookups } from './lookups.ts'
import type { Source } from './source.ts'
import type { WebConfig } from './web-config.ts'
import type { WebReport } from './web-stats.ts'

export interface Answer {
  readonly id: string
  readonly source: Source
  /** Absent when there is no such product. */
  readonly product?: Product
}

export interface CatalogueOptions extends WebConfig {
  /** Hears which products a message named, as soon as this process has dropped them. */
  readonly onDropped: (ids: readonly string[]) => void
}

/** The products as one web server sees them: through its cache, with the database behind it. */
export class Catalogue {
  readonly #table: ProductTable
  readonly #cache: Cache
  readonly #products: Region<Product | undefined>
  readonly #lookups = new Lookups()
  readonly #name: string
  readonly #onDropped: CatalogueOptions['onDropped']
  #databaseQueries = 0
  #reconnects = 0
  #lost = false
  #reading = 0

  constructor({ name, busName, redisUrl, database, onDropped }: CatalogueOptions) {
    this.#name = name
    this.#onDropped = onDropped
    this.#table = new ProductTable(database)
    this.#cache = createCache({
      name: busName,
      redis: redisUrl,
      // Eight processes share the cores of one machine, and a thousand requests come at once.
      redisTimeout: '2s',
      onEvent: (event) => this.#onEvent(event),
    })
    this.#products = this.#cache.region(productRegion, {
      load: (id) => this.#load(id),
      ttl: '10m',
      tags: (product) => [`brand:${product.brandId}`],
      // The demo holds the database up while a thousand requests wait for it.
      leaseWait: '10s',
    })
  }

  /** Resolves when the database answers and the cache is live, or goes on trying to be. */
  async start(): Promise<void> {
    await this.#table.connect()
    await this.#cache.start()
  }

  async read(id: string): Promise<Answer> {
    const lookup = this.#lookups.begin(id, this.#holds(id))
    this.#reading++
    try {
      return answer(id, await this.#products.get(id), lookup.source())
    } finally {
      this.#reading--
      lookup.end()
    }
  }

  async readMany(ids: readonly string[]): Promise<Answer[]> {
    const lookups = ids.map((id) => this.#lookups.begin(id, this.#holds(id)))
    try {
      const products = await this.#products.getMany(ids)
      return ids.map((id, index) => answer(id, products.get(id), lookups[index]?.source() ?? 'l2'))
    } finally {
      for (const lookup of lookups) lookup.end()
    }
  }

  /** Which of these L1 would serve now. Nobody is asked. */
  held(ids: readonly string[]): string[] {
    return ids.filter((id) => this.#holds(id))
  }

  report(): WebReport {
    return {
      name: this.#name,
      databaseQueries: this.#databaseQueries,
      reading: this.#reading,
      reconnects: this.#reconnects,
      cache: this.#cache.stats(),
    }
  }

  async close(): Promise<void> {
    await this.#cache.close()
    await this.#table.close()
  }

  #onEvent(event: CacheEvent): void {
    if (event.type === 'invalidated') this.#onDropped(event.keys)
    if (event.type === 'status' && event.status === 'connecting' && event.cause) this.#lost = true
    if (event.type === 'status' && event.status === 'live' && this.#lost) {
      this.#lost = false
      this.#reconnects++
    }
  }

  #holds(id: string): boolean {
    return this.#products.peek(id) !== undefined
  }

  #load(id: string): Promise<Product | undefined> {
    this.#lookups.loading(id)
    this.#databaseQueries++
    return this.#table.find(id)
  }
}

function answer(id: string, product: Product | undefined, source: Source): Answer {
  return product === undefined ? { id, source } : { id, source, product }
}
