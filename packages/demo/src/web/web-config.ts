import type { ProductTableOptions } from '../database/product-table.ts'

/** What a web-server process is told when it starts. */
export interface WebConfig {
  readonly name: string
  /** The name of the cache and its bus. */
  readonly busName: string
  readonly redisUrl: string
  readonly database: ProductTableOptions
}
