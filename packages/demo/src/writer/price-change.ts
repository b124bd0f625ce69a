import { type Product, readProduct } from '../database/product.ts'
import { Fields } from '../http/fields.ts'

/** A price was changed; times are on the clock of the machine. */
export interface PriceChange {
  readonly product: Product
  /** The row was committed, and the broadcast began. */
  readonly committedAtMs: number
  /** The broadcast is in the log. */
  readonly acknowledgedAtMs: number
  /** Where it is in the log. */
  readonly position: string
}

export function readPriceChange(value: unknown): PriceChange {
  const fields = new Fields('price change', value)
  return {
    product: readProduct(fields.value('product')),
    committedAtMs: fields.number('committedAtMs'),
    acknowledgedAtMs: fields.number('acknowledgedAtMs'),
    position: fields.text('position'),
  }
}
