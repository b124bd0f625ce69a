import { createCache } from 'async-cache-dedupe'
import { connect } from '../connect.ts'
import { type Item, keepForMs, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Its values are in Redis, or in memory: of what is in Redis, nothing is kept in the process. */
export async function openAsyncCacheDedupe({ redisUrl, load }: RemoteOptions): Promise<RemoteCache> {
  const client = connect(redisUrl)
  client.options.enableAutoPipelining = true
  const ttl = keepForMs / 1_000
  const cache = createCache({ ttl, storage: { type: 'redis', options: { client } } })
  const items = cache.define('item', load)
  await client.ping()
  const read = (id: string): Promise<Item> => items.item(id)
  return {
    read,
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await Promise.all(ids.map((id) => items.clear('item', id)))),
    close: async () => void (await client.quit()),
  }
}
