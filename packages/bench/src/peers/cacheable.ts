import { type CacheableHandle, createCacheable } from '../cacheable.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

/** It deletes in Redis, and then says so of one key after the other. */
export const cacheable: Peer = { name: 'cacheable', openPublisher, openReceiver }

async function open(redisUrl: string): Promise<CacheableHandle> {
  const handle = createCacheable({ redisUrl, name: 'bench-cacheable', ttlMs: 600_000, maxItems: 50_000 })
  await handle.listening()
  // It connects to what is behind its memory at the first read.
  await handle.cache.get('none')
  return handle
}

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const { cache, close } = await open(redisUrl)
  return {
    invalidate: async (keys) => {
      const [key = ''] = keys
      await (keys.length === 1 ? cache.delete(key) : cache.deleteMany([...keys]))
    },
    close,
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const { cache, holds, onDropped, close } = await open(redisUrl)
  onDropped((key) => onGone([key]))
  return {
    hold: async (keys) => void (await Promise.all(keys.map((id) => cache.getOrSet(id, async () => ({ id }))))),
    holds,
    close,
  }
}
