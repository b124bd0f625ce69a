import { createLayered } from '../layered.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

export async function openLayeredLoader({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const options = { redisUrl, name, ttlMs: keepForMs, maxItems, load, loadMany, idOf: ({ id }: Item) => id }
  const { loader, close } = await createLayered<Item>(options)
  return {
    read: (id) => loader.get(id),
    readMany: (ids) => loader.getMany([...ids]),
    invalidate: (ids) => loader.invalidateCacheForMany([...ids]),
    close,
  }
}
