import { createCacheable } from '../cacheable.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

export async function openCacheable({ redisUrl, name, load }: RemoteOptions): Promise<RemoteCache> {
  const { cache, close } = createCacheable({ redisUrl, name, ttlMs: keepForMs, maxItems })
  const read = (id: string): Promise<Item | undefined> => cache.getOrSet(id, () => load(id))
  await cache.get('')
  return {
    read,
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await cache.deleteMany([...ids])),
    close,
  }
}
