interface Account {
  readonly id: string
  readonly balance: number
  readonly version: number
}

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

const accounts = new Map<string, Account>([['7', { id: '7', balance: 500, version: 1 }]])
/** What a replica still has, for the first read after a change. */
const behind = new Map<string, Account>()

/** The database that the examples of the documentation import. */
export const db = {
  async findProduct(id: string): Promise<Product | undefined> {
    return products.get(id)
  },

  async findProducts(ids: readonly string[]): Promise<Map<string, Product>> {
    return new Map([...products].filter(([id]) => ids.includes(id)))
  },

  async saveProduct(product: Product): Promise<Product> {
    products.set(product.id, product)
    return product
  },

  async setPrice(id: string, price: number): Promise<void> {
    const product = products.get(id)
    if (product) products.set(id, { ...product, price })
  },

  async findAccount(id: string): Promise<Account | undefined> {
    const old = behind.get(id)
    behind.delete(id)
    return old ?? accounts.get(id)
  },

  async deposit(id: string, amount: number): Promise<number> {
    const account = accounts.get(id)
    if (!account) throw new Error(`No account ${id}`)
    behind.set(id, account)
    accounts.set(id, { ...account, balance: account.balance + amount, version: account.version + 1 })
    return account.version + 1
  },

  async saveIfNewer(id: string, product: Product | undefined, sequence: number): Promise<void> {
    if (product && sequence > (sequences.get(id) ?? 0)) {
      sequences.set(id, sequence)
      products.set(id, product)
    }
  },
}
