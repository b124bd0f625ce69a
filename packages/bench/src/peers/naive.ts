import { connect } from '../connect.ts'
import { createLru } from '../lru.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

const channel = 'bench-naive'
/** The least that keeps keys apart, so that one key is sent as it is. */
const separator = '\n'

/** What one would write in five minutes: PUBLISH, and delete what one hears. It knows of no loss. */
export const naive: Peer = { name: 'naive', openPublisher, openReceiver }

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const redis = connect(redisUrl)
  await redis.ping()
  return {
    invalidate: async (keys) => void (await redis.publish(channel, keys.join(separator))),
    close: async () => void (await redis.quit()),
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const lru = createLru<{ readonly id: string }>(50_000)
  const redis = connect(redisUrl)
  redis.on('message', (_channel, payload) => {
    const keys = payload.split(separator)
    for (const key of keys) lru.delete(key)
    onGone(keys)
  })
  await redis.subscribe(channel)
  return {
    hold: async (keys) => {
      for (const id of keys) lru.set(id, { id })
    },
    holds: (key) => lru.has(key),
    close: async () => void (await redis.quit()),
  }
}
