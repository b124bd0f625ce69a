import { createNotificationPair, Loader, RedisCache } from 'layered-loader'
import { connect5 } from './connect-5.ts'

export { Loader } from 'layered-loader'

export interface LayeredOptions<V> {
  readonly redisUrl: string
  readonly name: string
  readonly ttlMs: number
  readonly maxItems: number
  readonly load: (id: string) => Promise<V>
  readonly loadMany?: (ids: readonly string[]) => Promise<V[]>
  readonly idOf: (value: V) => string
}

export interface Layered<V> {
  readonly loader: Loader<V>
  /** Hears every message after the loader has dealt with it. */
  onMessage(listener: (text: string) => void): void
  close(): Promise<void>
}

/** With the in-memory cache that its documentation recommends, its notifications, and the auto-pipelining of ioredis. */
export async function createLayered<V>(options: LayeredOptions<V>): Promise<Layered<V>> {
  const { redisUrl, name, ttlMs, maxItems, load, loadMany, idOf } = options
  const redis = connect5(redisUrl, { enableAutoPipelining: true })
  const consumerRedis = connect5(redisUrl)
  const { publisher, consumer } = createNotificationPair<V>({
    channel: name,
    publisherRedis: connect5(redisUrl),
    consumerRedis,
  })
  const loader = new Loader<V>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: ttlMs, maxItems },
    asyncCache: new RedisCache<V>(redis, { json: true, prefix: name, ttlInMsecs: ttlMs }),
    dataSourceGetOneFn: load,
    dataSourceGetManyFn: (ids) => (loadMany ? loadMany(ids) : Promise.all(ids.map(load))),
    cacheKeyFromValueResolver: idOf,
    notificationConsumer: consumer,
    notificationPublisher: publisher,
  })
  await loader.init()
  await redis.ping()
  return {
    loader,
    onMessage: (listener) => void consumerRedis.on('message', (_channel, text) => listener(text)),
    close: async () => {
      await loader.close()
      redis.disconnect()
    },
  }
}
