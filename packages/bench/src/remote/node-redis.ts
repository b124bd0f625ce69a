import { createClient } from '@redis/client'
import { type Item, itemOf, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** The client-side cache of node-redis: Redis itself tells each connection of the keys that it has read. No loader: by hand. */
export async function openNodeRedis({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const client = createClient({
    url: redisUrl,
    RESP: 3,
    clientSideCache: { ttl: keepForMs, maxEntries: maxItems, evictPolicy: 'LRU' },
  })
  client.on('error', () => {})
  await client.connect()
  const keyOf = (id: string) => `${name}:${id}`
  const parse = (text: string): Item => ({ ...itemOf(''), ...JSON.parse(text) })
  const keep = async (item: Item) => {
    await client.set(keyOf(item.id), JSON.stringify(item), { expiration: { type: 'PX', value: keepForMs } })
    return item
  }
  const read = async (id: string) => {
    const text = await client.get(keyOf(id))
    return text === null ? keep(await load(id)) : parse(text)
  }
  return {
    read,
    async readMany(ids) {
      const texts = await Promise.all(ids.map((id) => client.get(keyOf(id))))
      const missing = ids.filter((_, index) => texts[index] === null)
      if (missing.length > 0) await Promise.all((await loadMany(missing)).map(keep))
      return texts.map((text) => (text === null ? undefined : parse(text)))
    },
    invalidate: async (ids) => void (await client.del(ids.map(keyOf))),
    close: async () => client.destroy(),
  }
}
