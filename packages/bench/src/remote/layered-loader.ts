import { connect5 } from '../connect-5.ts'
import { createNotificationPair, Loader, RedisCache } from '../loader.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** With the in-memory cache that its documentation recommends, its notifications, and the auto-pipelining of ioredis. */
export async function openLayeredLoader({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const redis = connect5(redisUrl, { enableAutoPipelining: true })
  const { publisher, consumer } = createNotificationPair<Item>({
    channel: name,
    publisherRedis: connect5(redisUrl),
    consumerRedis: connect5(redisUrl),
  })
  const loader = new Loader<Item>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: keepForMs, maxItems },
    asyncCache: new RedisCache<Item>(redis, { json: true, prefix: name, ttlInMsecs: keepForMs }),
    dataSourceGetOneFn: load,
    dataSourceGetManyFn: (ids) => loadMany(ids),
    cacheKeyFromValueResolver: ({ id }) => id,
    notificationConsumer: consumer,
    notificationPublisher: publisher,
  })
  await loader.init()
  await redis.ping()
  return {
    read: (id) => loader.get(id),
    readMany: (ids) => loader.getMany([...ids]),
    invalidate: async (ids) => void (await Promise.all(ids.map((id) => loader.invalidateCacheFor(id)))),
    close: async () => {
      await loader.close()
      await redis.quit()
    },
  }
}
