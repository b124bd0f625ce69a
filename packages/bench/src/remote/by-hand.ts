import { connect } from '../connect.ts'
import { createLru } from '../lru.ts'
import { type Item, itemOf, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** What one writes in an afternoon: no lease, no fence, one load for each reader. */
export async function openByHand({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const redis = connect(redisUrl)
  redis.options.enableAutoPipelining = true
  const memory = createLru<Item>(50_000, 600_000)
  const keyOf = (id: string) => `${name}:${id}`
  const parse = (text: string): Item => ({ ...itemOf(''), ...JSON.parse(text) })
  const keep = async (item: Item) => {
    memory.set(item.id, item)
    await redis.set(keyOf(item.id), JSON.stringify(item), 'PX', 600_000)
    return item
  }
  const read = async (id: string) => {
    const text = memory.get(id) ?? (await redis.get(keyOf(id)))
    if (typeof text === 'string') {
      const item = parse(text)
      memory.set(id, item)
      return item
    }
    return text ?? keep(await load(id))
  }
  await redis.ping()
  return {
    read,
    async readMany(ids) {
      const texts = await redis.mget(ids.map(keyOf))
      const items = texts.map((text) => (text === null ? undefined : parse(text)))
      for (const item of items) if (item) memory.set(item.id, item)
      const missing = ids.filter((_, index) => items[index] === undefined)
      if (missing.length > 0) await Promise.all((await loadMany(missing)).map(keep))
      return items
    },
    close: async () => void (await redis.quit()),
  }
}
