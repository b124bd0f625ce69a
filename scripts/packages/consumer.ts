import { createPublisher, type Publisher } from '@rescind/bus'
import { type Cache, createCache, type Region } from '@rescind/client'
import { checkHistory, createTestCluster, type HistoryReport } from '@rescind/testing'

interface Product {
  readonly id: string
  readonly price: number
}

let price = 1
const cache: Cache = createCache({ name: 'shop' })
const products: Region<Product> = cache.region('product', { load: async (id) => ({ id, price }), ttl: '10m' })

expect((await products.get('42')).price, 1)
price = 2
expect((await products.get('42')).price, 1)
expect(products.peek('42')?.price, 1)
await products.invalidate('42')
expect(products.peek('42'), undefined)
expect((await products.get('42')).price, 2)
await cache.close()

const cluster = createTestCluster({ nodes: 2, versionOf: (value) => Number(value) })
expect(await cluster.start(), true)
for (const { cache, recorder } of cluster.nodes) {
  const prices: Region<number> = cache.region('price', { load: async () => price })
  await recorder.get({ key: '42' }, () => prices.get('42'))
}
const report: HistoryReport = checkHistory(cluster.records, { maxStalenessMs: 5000, initialVersion: price })
expect(report.ok && report.rules.future.judged, 2)
await cluster.close()

// Connects at its first call, which never comes.
const publisher: Publisher = createPublisher({ name: 'shop', redis: 'redis://127.0.0.1:1' })
expect((await publisher.close()).unsent.length, 0)
console.log(`work on Node ${process.version}`)

function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${actual}`)
}
