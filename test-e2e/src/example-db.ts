interface Product {
  readonly id: string
  readonly brandId: string
  readonly price: number
}

const products = new Map<string, Product>([['42', { id: '42', brandId: '7', price: 2499 }]])

/** The database that the examples of the documentation import. */
export const db = {
  async findProduct(id: string): Promise<Product | undefined> {
    return products.get(id)
  },

  async setPrice(id: string, price: number): Promise<void> {
    const product = products.get(id)
    if (product) products.set(id, { ...product, price })
  },
}
