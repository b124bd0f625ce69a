/** The region of the cache that has the products: what readers and writers must agree on. */
export const productRegion = 'product'
