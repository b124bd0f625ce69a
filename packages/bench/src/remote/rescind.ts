import { createCache } from '@rescind/client'
import { maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

export async function openRescind({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const cache = createCache({ name, redis: redisUrl })
  const items = cache.region('items', {
    load,
    loadMany: async (ids) => new Map((await loadMany(ids)).map((item) => [item.id, item])),
    maxEntries: maxItems,
  })
  if (!(await cache.start())) throw new Error(`No contact with ${redisUrl}`)
  return {
    read: (id) => items.get(id),
    readMany: (ids) => items.getMany(ids),
    invalidate: async (ids) => void (await items.invalidate(ids)),
    close: async () => void (await cache.close()),
  }
}
