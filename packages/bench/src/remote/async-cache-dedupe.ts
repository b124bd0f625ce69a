import { connect } from '../connect.ts'
import { createDedupe } from '../dedupe.ts'
import { keepForMs, type RemoteCache, type RemoteOptions } from './remote-cache.ts'

/** Its values are in Redis, or in memory: of what is in Redis, nothing is kept in the process. */
export async function openAsyncCacheDedupe({ redisUrl, load }: RemoteOptions): Promise<RemoteCache> {
  const client = connect(redisUrl)
  client.options.enableAutoPipelining = true
  const { read, forget } = createDedupe({ ttlMs: keepForMs, storage: { type: 'redis', options: { client } }, load })
  await client.ping()
  return {
    read,
    readMany: (ids) => Promise.all(ids.map(read)),
    invalidate: async (ids) => void (await Promise.all(ids.map(forget))),
    close: async () => void (await client.quit()),
  }
}
