import { createCache, type Region } from '@rescind/client'
import { Loader } from '../layered.ts'
import { others, ours } from './all-local-peers.ts'
import { openAsyncCacheDedupe } from './async-cache-dedupe.ts'
import { openBentocache } from './bentocache.ts'
import { openCacheManager } from './cache-manager.ts'
import { openCacheable } from './cacheable.ts'
import { keepInCacheableMemory } from './cacheable-memory.ts'
import { type Item, itemOf, keyOf } from './item.ts'
import { keepForMs, type LocalCache } from './local-cache.ts'
import { keepInMap } from './map.ts'
import { nothing, type OpenReader, Supply } from './reader.ts'

/** How the caches of one process that are compared keep so many entries. */
export const keepers: Readonly<Record<string, (entries: number) => LocalCache>> = {
  Map: keepInMap,
  CacheableMemory: keepInCacheableMemory,
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
  bentocache: openBentocache,
  cacheable: openCacheable,
  'cache-manager': openCacheManager,
  'async-cache-dedupe': openAsyncCacheDedupe,
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

function fill(cache: LocalCache, entries: number): LocalCache {
  for (let id = 0; id < entries; id++) cache.set(keyOf(id), itemOf(id))
  return cache
}

/** With the in-memory cache that its documentation recommends. */
async function openLoader(entries: number): Promise<Loader<Item>> {
  const supply = new Supply()
  const loader = new Loader<Item>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: keepForMs, maxItems: entries },
    dataSourceGetOneFn: async (key) => supply.load(key),
  })
  await supply.fill(entries, (key) => loader.get(key))
  return loader
}

/** A region of a cache without Redis, which trusts itself also where the machine stood still. */
async function openRegion(
  entries: number,
): Promise<{ readonly region: Region<Item>; readonly close: () => Promise<void> }> {
  const supply = new Supply()
  const cache = createCache({ name: 'bench', maxStaleness: keepForMs })
  const region = cache.region('items', { load: supply.load, ttl: keepForMs, l2: false, maxEntries: entries })
  await cache.start()
  await supply.fill(entries, (key) => region.get(key))
  return { region, close: async () => void (await cache.close()) }
}
