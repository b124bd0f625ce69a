import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { connect } from './connect.ts'

/** A bentocache, as far as the benchmark goes. */
export interface Bento {
  getOrSet<V>(options: {
    readonly key: string
    readonly tags?: string[]
    readonly factory: () => V | Promise<V>
  }): Promise<V>
  deleteMany(options: { readonly keys: string[] }): Promise<unknown>
  deleteByTag(options: { readonly tags: string[] }): Promise<unknown>
  on(
    event: 'bus:message:received',
    listener: (heard: { readonly message: { readonly keys: string[] } }) => void,
  ): unknown
  /** Ends its connections. */
  close(): Promise<void>
}

export interface BentoOptions {
  readonly redisUrl: string
  readonly name: string
  readonly ttlMs: number
  readonly maxItems: number
}

/**
 * Memory, Redis and a bus, as in its documentation; its retry queue for the bus is on by default. In front of Redis its memory
 * serialises: told not to, bentocache 1.6 fails with the second read of what came from Redis.
 */
export async function createBento({ redisUrl, name, ttlMs, maxItems }: BentoOptions): Promise<Bento> {
  const redis = connect(redisUrl)
  redis.options.enableAutoPipelining = true
  const { hostname: host, port } = new URL(redisUrl)
  const bento = new BentoCache({
    default: 'layered',
    ttl: ttlMs,
    prefix: name,
    stores: {
      layered: bentostore()
        .useL1Layer(memoryDriver({ maxItems }))
        .useL2Layer(redisDriver({ connection: redis }))
        .useBus(redisBusDriver({ connection: { host, port: Number(port) } })),
    },
  })
  await redis.ping()
  return adapt(bento, async () => {
    await bento.disconnectAll()
    redis.disconnect()
  })
}

/** Memory alone, which keeps values as they are. */
export function createBentoMemory({ name, ttlMs, maxItems }: Omit<BentoOptions, 'redisUrl'>): Bento {
  const memory = memoryDriver({ maxItems, serialize: false })
  const bento = new BentoCache({
    default: 'memory',
    ttl: ttlMs,
    prefix: name,
    stores: { memory: bentostore().useL1Layer(memory) },
  })
  return adapt(bento, () => bento.disconnectAll())
}

function adapt(bento: BentoCache<Record<string, ReturnType<typeof bentostore>>>, close: () => Promise<void>): Bento {
  return {
    getOrSet: (options) => bento.getOrSet(options),
    deleteMany: (options) => bento.deleteMany(options),
    deleteByTag: (options) => bento.deleteByTag(options),
    on: (event, listener) => bento.on(event, listener),
    close,
  }
}
