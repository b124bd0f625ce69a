import { createManager } from '../cache-manager.ts'
import { createKeyvMemory, createKeyvRedis } from '../cacheable.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Memory in front of Redis. It has no way to tell other processes of a write. */
export async function openCacheManager({ redisUrl, name, load }: RemoteOptions): Promise<RemoteCache> {
  const cache = createManager([createKeyvMemory(maxItems), createKeyvRedis(redisUrl, name)], keepForMs)
  const read = (id: string): Promise<Item> => cache.wrap(id, () => load(id))
  await cache.get('')
  return {
    read,
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await cache.mdel([...ids])),
    close: async () => void (await cache.disconnect()),
  }
}
