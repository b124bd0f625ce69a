import { createLayered, type Layered } from '../layered.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

interface Value {
  readonly id: string
}

/** It deletes in Redis, for one key or for many, and says so without waiting whether that was heard. */
export const layeredLoader: Peer = { name: 'layered-loader', openPublisher, openReceiver }

function open(redisUrl: string): Promise<Layered<Value>> {
  const name = 'bench-layered-loader'
  const load = async (id: string) => ({ id })
  return createLayered<Value>({ redisUrl, name, ttlMs: 600_000, maxItems: 50_000, load, idOf: ({ id }) => id })
}

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const { loader, close } = await open(redisUrl)
  return {
    invalidate: (keys) => {
      const [key = ''] = keys
      return keys.length === 1 ? loader.invalidateCacheFor(key) : loader.invalidateCacheForMany([...keys])
    },
    close,
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const { loader, onMessage, close } = await open(redisUrl)
  onMessage((text) => onGone(keysIn(JSON.parse(text))))
  return {
    hold: async (keys) => void (await Promise.all(keys.map((key) => loader.get(key)))),
    holds: (key) => loader.getInMemoryOnly(key) !== undefined,
    close,
  }
}

function keysIn({ key, keys = [] }: { readonly key?: string; readonly keys?: readonly string[] }): readonly string[] {
  return key === undefined ? keys : [key]
}
