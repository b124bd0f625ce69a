import { createCache } from '@rescind/client'
import { eventually } from '@rescind/testbed'
import { limit } from './limit.ts'
import type { Source } from './source.ts'
import type { Store, StoreOptions } from './store.ts'

export function openRescind(options: StoreOptions, source: Source): Promise<Store> {
  return open('bench', options, source.load)
}

/** As a user would who spares the source: the loader waits for its turn. */
export function openPaced(options: StoreOptions, source: Source): Promise<Store> {
  const room = limit(options.pacedLoads)
  return open('bench-paced', options, (id) => room(() => source.load(id)))
}

async function open(
  name: string,
  { redisUrl, maxStalenessMs }: StoreOptions,
  load: (id: string) => Promise<unknown>,
): Promise<Store> {
  const cache = createCache({ name, redis: redisUrl, maxStaleness: maxStalenessMs })
  const items = cache.region('items', { load })
  if (!(await cache.start())) throw new Error(`No contact with ${redisUrl}`)
  const checkLive = () => {
    if (cache.stats().status !== 'live') throw new Error(`${name} is ${cache.stats().status}`)
  }
  return {
    ready: () => eventually(checkLive),
    holds: (id) => items.peek(id) !== undefined,
    read: (id) => items.get(id),
    clear: async () => void (await cache.clear()),
    close: async () => void (await cache.close()),
  }
}
