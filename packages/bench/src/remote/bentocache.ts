import { createBento } from '../bento.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

export async function openBentocache({ redisUrl, name, load }: RemoteOptions): Promise<RemoteCache> {
  const bento = await createBento({ redisUrl, name, ttlMs: keepForMs, maxItems })
  const read = (id: string): Promise<Item> => bento.getOrSet({ key: id, factory: () => load(id) })
  return {
    read,
    // It has none for many keys.
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await bento.deleteMany({ keys: [...ids] })),
    close: bento.close,
  }
}
