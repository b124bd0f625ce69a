interface Product {
  readonly id: string
  readonly brandId: string
  readonly price: number
}

const sequences = new Map<string, number>()
const products = new Map<string, Product>([
  ['42', { id: '42', brandId: '7', price: 2499 }],
  ['44', { id: '44', brandId: '7', price: 501 }],
])

/** The database that the examples of the documentation import. */
export const db = {
  async findProduct(id: string): Promise<Product | undefined> {
    return products.get(id)
  },

  async findProducts(ids: readonly string[]): Promise<Map<string, Product>> {
    return new Map([...products].filter(([id]) => ids.includes(id)))
  },

  async setPrice(id: string, price: number): Promise<void> {
    const product = products.get(id)
    if (product) products.set(id, { ...product, price })
  },

  async saveProduct(id: string, product: Product | undefined, sequence: number): Promise<void> {
    if (product && sequence > (sequences.get(id) ?? 0)) {
      sequences.set(id, sequence)
      products.set(id, product)
    }
  },
}
