import { type Cache, createCache, type Region } from '@rescind/client'
import { serve } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import type { CacheMethods, Read } from './cache-node.ts'
import { type Item, loadItem } from './database.ts'

let opened: { readonly cache: Cache; readonly region: Region<Item> } | undefined

function node(): { readonly cache: Cache; readonly region: Region<Item> } {
  if (!opened) throw new Error('open() comes first')
  return opened
}

async function read(id: string): Promise<Read> {
  const beganAt = machineNow()
  const { version } = await node().region.get(id)
  return { id, version, beganAt, endedAt: machineNow() }
}

function peek(ids: readonly string[]): (number | undefined)[] {
  return ids.map((id) => node().region.peek(id)?.version)
}

serve({
  open({ name, redis, databaseUrl, maxStalenessMs, leaseTtlMs, leaseWaitMs }) {
    const cache = createCache({ name, redis, maxStaleness: maxStalenessMs, heartbeat: maxStalenessMs / 5 })
    const region = cache.region<Item>('item', {
      load: (id) => loadItem(databaseUrl, id),
      tags: (_item, id) => (id.includes(':') ? [id.slice(0, id.indexOf(':'))] : []),
      leaseTtl: leaseTtlMs,
      leaseWait: leaseWaitMs,
    })
    opened = { cache, region }
  },
  start: () => node().cache.start(),
  read: (ids) => Promise.all(ids.map(read)),
  async readInTurn(ids) {
    const reads: Read[] = []
    for (const id of ids) reads.push(await read(id))
    return reads
  },
  async readTogether(id, times) {
    const reads = await Promise.all(Array.from({ length: times }, () => read(id)))
    return [...new Set(reads.map(({ version }) => version))]
  },
  peek,
  async invalidate(ids) {
    await node().region.invalidate(ids)
    return peek(ids)
  },
  stats: () => node().cache.stats(),
} satisfies CacheMethods)
