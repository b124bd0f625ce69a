import { createPublisher } from '@rescind/bus'
import { createCache } from '@rescind/client'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

const name = 'bench'
const region = 'items'

export const rescind: Peer = { name: 'rescind', openPublisher, openReceiver }

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const publisher = createPublisher({ name, redis: redisUrl })
  // It connects at the first call.
  await publisher.invalidate({ region, keys: ['none'] })
  return {
    invalidate: async (keys) => void (await publisher.invalidate({ region, keys })),
    close: async () => void (await publisher.close()),
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const cache = createCache({
    name,
    redis: redisUrl,
    onEvent: (event) => {
      if (event.type === 'invalidated') onGone(event.keys)
      else if (event.type === 'error') process.emitWarning(event.error)
    },
  })
  const items = cache.region(region, { load: (id) => ({ id }), maxEntries: 50_000 })
  if (!(await cache.start())) throw new Error(`No contact with ${redisUrl}`)
  return {
    hold: async (keys) => void (await items.getMany(keys)),
    holds: (key) => items.peek(key) !== undefined,
    close: async () => void (await cache.close()),
  }
}
