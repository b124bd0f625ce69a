import { Redis } from 'ioredis-5'
import { Loader, RedisCache } from '../loader.ts'
import type { Item, RemoteCache, RemoteOptions } from './remote-cache.ts'

/** With the in-memory cache that its documentation recommends, and the auto-pipelining of ioredis. */
export async function openLayeredLoader({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true })
  const ttlInMsecs = 600_000
  const loader = new Loader<Item>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs, maxItems: 100_000 },
    asyncCache: new RedisCache<Item>(redis, { json: true, prefix: name, ttlInMsecs }),
    dataSourceGetOneFn: load,
    dataSourceGetManyFn: (ids) => loadMany(ids),
    cacheKeyFromValueResolver: ({ id }) => id,
  })
  await redis.ping()
  return {
    read: (id) => loader.get(id),
    readMany: (ids) => loader.getMany([...ids]),
    close: async () => void (await redis.quit()),
  }
}
