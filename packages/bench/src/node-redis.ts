import { BasicClientSideCache, createClient } from '@redis/client'

export interface NodeRedisOptions {
  readonly redisUrl: string
  readonly ttlMs: number
  readonly maxItems: number
}

/** A client of Redis, as far as the benchmark goes. */
export interface NodeRedis {
  /** Out of its cache, if it has it there. */
  get(key: string): Promise<string | null>
  set(key: string, text: string): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  /** Hears each key that Redis has told of, when it is no longer in the cache. */
  onInvalidated(listener: (key: string) => void): void
  close(): Promise<void>
}

/** With its client-side cache: Redis itself tells each connection, once, of a key that it has read. */
export async function createNodeRedis({ redisUrl, ttlMs, maxItems }: NodeRedisOptions): Promise<NodeRedis> {
  const memory = new BasicClientSideCache({ ttl: ttlMs, maxEntries: maxItems, evictPolicy: 'LRU' })
  const client = createClient({ url: redisUrl, RESP: 3, clientSideCache: memory })
  client.on('error', () => {})
  await client.connect()
  return {
    get: (key) => client.get(key),
    set: async (key, text) => void (await client.set(key, text, { expiration: { type: 'PX', value: ttlMs } })),
    delete: async (keys) => void (await client.del([...keys])),
    // It is told of no key when the connection ends.
    onInvalidated: (listener) => void memory.on('invalidate', (key) => key !== null && listener(String(key))),
    close: async () => client.destroy(),
  }
}
