import { Pool } from 'pg'
import { type Product, readProduct } from './product.ts'

export interface ProductTableOptions {
  readonly databaseUrl: string
  /** A schema of this run alone. */
  readonly schema: string
}

const poolSize = 4
const answerWithinMs = 15_000
const columns = 'id::text as "id", name, brand_id::text as "brandId", price_cents as "priceCents", version'
const brandCount = 50

/** The products in PostgreSQL. */
export class ProductTable {
  readonly #pool: Pool
  readonly #schema: string
  readonly #table: string

  constructor({ databaseUrl, schema }: ProductTableOptions) {
    this.#pool = new Pool({
      connectionString: databaseUrl,
      max: poolSize,
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
    })
    // An idle connection broke: the pool has dropped it already, and whoever asks next hears of it.
    this.#pool.on('error', () => {})
    this.#schema = schema
    this.#table = `${schema}.products`
  }

  /** Resolves once the database answers. */
  async connect(): Promise<void> {
    await this.#pool.query('select 1').catch((cause: Error) => {
      throw new Error(`The database does not answer: ${cause.message}`, { cause })
    })
  }

  async create(): Promise<void> {
    await this.#pool.query(`create schema ${this.#schema}`)
    await this.#pool.query(`
      create table ${this.#table} (
        id integer primary key,
        name text not null,
        brand_id integer not null,
        price_cents integer not null,
        version integer not null default 1
      )`)
  }

  async seed(count: number): Promise<void> {
    await this.#pool.query(
      `insert into ${this.#table} (id, name, brand_id, price_cents)
       select id,
         (array['Copper', 'Oak', 'Linen', 'Glass', 'Marble', 'Walnut', 'Steel'])[1 + id % 7] || ' ' ||
           (array['kettle', 'chair', 'lamp', 'bowl', 'shelf'])[1 + id % 5] || ' no. ' || id,
         1 + id % ${brandCount},
         500 + id * 7919 % 20000
       from generate_series(1, $1::integer) as id`,
      [count],
    )
  }

  async find(id: string): Promise<Product | undefined> {
    const [product] = await this.#products(`select ${columns} from ${this.#table} where id = $1`, [id])
    return product
  }

  async findMany(ids: readonly string[]): Promise<Product[]> {
    return await this.#products(`select ${columns} from ${this.#table} where id = any($1::integer[])`, [ids])
  }

  /** The product as it is after the change; undefined when there is none. */
  async setPrice(id: string, priceCents: number): Promise<Product | undefined> {
    const [product] = await this.#products(
      `update ${this.#table} set price_cents = $2, version = version + 1 where id = $1 returning ${columns}`,
      [id, priceCents],
    )
    return product
  }

  /** Lets every read of the table wait until the work is done. */
  async holdUp<T>(work: () => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    try {
      await client.query('begin')
      await client.query(`lock table ${this.#table} in access exclusive mode`)
      return await work()
    } finally {
      // Whatever it was in the middle of: closing the connection ends the transaction and the lock with it.
      client.release(true)
    }
  }

  /** Removes the schema and all that is in it. */
  async drop(): Promise<void> {
    await this.#pool.query(`drop schema if exists ${this.#schema} cascade`)
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #products(query: string, parameters: readonly unknown[]): Promise<Product[]> {
    const { rows } = await this.#pool.query(query, [...parameters])
    return rows.map(readProduct)
  }
}
