import { createCache } from '@rescind/client'
import type { RemoteCache, RemoteOptions } from './remote-cache.ts'

export async function openRescind({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const cache = createCache({ name, redis: redisUrl })
  const items = cache.region('items', {
    load,
    loadMany: async (ids) => new Map((await loadMany(ids)).map((item) => [item.id, item])),
    maxEntries: 100_000,
  })
  if (!(await cache.start())) throw new Error(`No contact with ${redisUrl}`)
  return {
    read: (id) => items.get(id),
    readMany: (ids) => items.getMany(ids),
    close: async () => void (await cache.close()),
  }
}
