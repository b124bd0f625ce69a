import { RedisMessageProvider } from '@qified/redis'
import { Cacheable } from 'cacheable'
import { createKeyvRedis } from '../keyv-stores.ts'
import { type Item, keepForMs, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Memory and Redis, kept alike by its sync over pub/sub. */
export async function openCacheable({ redisUrl, name, load }: RemoteOptions): Promise<RemoteCache> {
  const messages = new RedisMessageProvider({ uri: redisUrl })
  const cache = new Cacheable({
    ttl: keepForMs,
    namespace: name,
    secondary: createKeyvRedis(redisUrl, name),
    sync: { qified: messages },
  })
  cache.on('error', () => {})
  const read = (id: string): Promise<Item | undefined> => cache.getOrSet(id, () => load(id))
  await cache.get('')
  return {
    read,
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await cache.deleteMany([...ids])),
    close: async () => {
      await cache.disconnect()
      await messages.disconnect()
    },
  }
}
