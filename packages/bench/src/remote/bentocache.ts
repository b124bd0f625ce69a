import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { connect } from '../connect.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Memory, Redis and a bus, as in its documentation; its retry queue for the bus is on by default. */
export async function openBentocache({ redisUrl, name, load }: RemoteOptions): Promise<RemoteCache> {
  const redis = connect(redisUrl)
  redis.options.enableAutoPipelining = true
  const { hostname: host, port } = new URL(redisUrl)
  const bento = new BentoCache({
    default: 'layered',
    ttl: keepForMs,
    prefix: name,
    stores: {
      layered: bentostore()
        .useL1Layer(memoryDriver({ maxItems }))
        .useL2Layer(redisDriver({ connection: redis }))
        .useBus(redisBusDriver({ connection: { host, port: Number(port) } })),
    },
  })
  await redis.ping()
  const read = (id: string): Promise<Item> => bento.getOrSet({ key: id, factory: () => load(id) })
  return {
    read,
    // It has none for many keys.
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await bento.deleteMany({ keys: [...ids] })),
    close: async () => {
      await bento.disconnectAll()
      redis.disconnect()
    },
  }
}
