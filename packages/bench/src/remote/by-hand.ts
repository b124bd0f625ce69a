import { connect } from '../connect.ts'
import { createLru } from '../lru.ts'
import { type Item, keepForMs, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** The least that keeps ids apart in a message. */
const separator = '\n'

/** What one writes in an afternoon: a message for what is to be forgotten; no lease, no fence, one load for each reader. */
export async function openByHand({ redisUrl, name, load, loadMany }: RemoteOptions): Promise<RemoteCache> {
  const redis = connect(redisUrl)
  redis.options.enableAutoPipelining = true
  const subscriber = connect(redisUrl)
  const memory = createLru<Item>(50_000, keepForMs)
  const keyOf = (id: string) => `${name}:${id}`
  const parse = (text: string): Item => JSON.parse(text)
  const keep = async (item: Item) => {
    memory.set(item.id, item)
    await redis.set(keyOf(item.id), JSON.stringify(item), 'PX', keepForMs)
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
  subscriber.on('message', (_channel, payload) => {
    for (const id of payload.split(separator)) memory.delete(id)
  })
  await subscriber.subscribe(name)
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
    async invalidate(ids) {
      for (const id of ids) memory.delete(id)
      await redis.del(ids.map(keyOf))
      await redis.publish(name, ids.join(separator))
    },
    close: async () => {
      subscriber.disconnect()
      redis.disconnect()
    },
  }
}
