import { createCache, type Region } from '@rescind/client'
import { Loader } from '../layered.ts'
import { others, ours } from './all-local-peers.ts'
import { type Item, idOf, itemOf, keyOf } from './item.ts'
import { keepForMs, type LocalCache } from './local-cache.ts'
import { keepInMap } from './map.ts'

/** A way to read items that are held in this process. */
export type Reader = (
  | { readonly kind: 'sync'; readonly read: (key: string) => Item | undefined | null }
  | { readonly kind: 'async'; readonly read: (key: string) => Promise<Item | undefined | null> }
) & { readonly close: () => Promise<void> }

/** Settles when the items 0 to `entries` - 1 are held. */
export type OpenReader = (entries: number) => Promise<Reader>

/** How the caches of one process that are compared keep so many entries. */
export const keepers: Readonly<Record<string, (entries: number) => LocalCache>> = {
  Map: keepInMap,
  ...Object.fromEntries([ours, ...others].map((peer) => [peer.name, peer.keeping])),
}

export const allReaders: Readonly<Record<string, OpenReader>> = {
  ...Object.fromEntries(Object.entries(keepers).map(([name, keep]) => [name, openFrom(keep)])),
  'region.peek': async (entries) => {
    const { region, close } = await openRegion(entries)
    return { kind: 'sync', read: (key) => region.peek(key), close }
  },
  'region.get': async (entries) => {
    const { region, close } = await openRegion(entries)
    return { kind: 'async', read: (key) => region.get(key), close }
  },
  'layered-loader': async (entries) => {
    const loader = await openLoader(entries)
    return { kind: 'async', read: (key) => loader.get(key), close: nothing }
  },
  'layered-loader sync': async (entries) => {
    const loader = await openLoader(entries)
    return { kind: 'sync', read: (key) => loader.getInMemoryOnly(key), close: nothing }
  },
  'Promise.resolve': async () => {
    const item = itemOf(0)
    return { kind: 'async', read: () => Promise.resolve(item), close: nothing }
  },
  'async Map': async (entries) => {
    const items = fill(keepInMap(), entries)
    return { kind: 'async', read: async (key) => items.get(key), close: nothing }
  },
}

function openFrom(keep: (entries: number) => LocalCache): OpenReader {
  return async (entries) => {
    const cache = fill(keep(entries), entries)
    return { kind: 'sync', read: (key) => cache.get(key), close: nothing }
  }
}

async function nothing(): Promise<void> {}

function fill(cache: LocalCache, entries: number): LocalCache {
  for (let id = 0; id < entries; id++) cache.set(keyOf(id), itemOf(id))
  return cache
}

/** With the in-memory cache that its documentation recommends. */
async function openLoader(entries: number): Promise<Loader<Item>> {
  const loader = new Loader<Item>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: keepForMs, maxItems: entries },
    dataSourceGetOneFn: async (key) => itemOf(idOf(key)),
  })
  for (let id = 0; id < entries; id++) await loader.get(keyOf(id))
  return loader
}

/** A region of a cache without Redis, which trusts itself also where the machine stood still. */
async function openRegion(
  entries: number,
): Promise<{ readonly region: Region<Item>; readonly close: () => Promise<void> }> {
  let filled = false
  const cache = createCache({ name: 'bench', maxStaleness: keepForMs })
  const region = cache.region('items', {
    load: (key) => {
      if (filled) throw new Error(`${key} is not held`)
      return itemOf(idOf(key))
    },
    ttl: keepForMs,
    l2: false,
    maxEntries: entries,
  })
  await cache.start()
  // One after the other, as the others are filled: where things lie in the heap is half of what a random read costs.
  for (let id = 0; id < entries; id++) await region.get(keyOf(id))
  filled = true
  return { region, close: async () => void (await cache.close()) }
}
