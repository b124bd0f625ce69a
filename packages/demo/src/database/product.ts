import { Fields } from '../http/fields.ts'

export interface Product {
  readonly id: string
  readonly name: string
  readonly brandId: string
  readonly priceCents: number
  /** Counts the changes of the row. */
  readonly version: number
}

/** A product out of JSON or a row. */
export function readProduct(value: unknown): Product {
  const fields = new Fields('product', value)
  return {
    id: fields.text('id'),
    name: fields.text('name'),
    brandId: fields.text('brandId'),
    priceCents: fields.number('priceCents'),
    version: fields.number('version'),
  }
}
