import { createNodeRedis } from '../node-redis.ts'
import { type Item, keepForMs, maxItems, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Loads by hand, since it has no loader. */
export async function openNodeRedis({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const client = await createNodeRedis({ redisUrl, ttlMs: keepForMs, maxItems })
  const keyOf = (id: string) => `${name}:${id}`
  const parse = (text: string): Item => JSON.parse(text)
  const keep = async (item: Item) => {
    await client.set(keyOf(item.id), JSON.stringify(item))
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
    invalidate: (ids) => client.delete(ids.map(keyOf)),
    close: client.close,
  }
}
