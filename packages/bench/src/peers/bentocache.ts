import { type Bento, createBento } from '../bento.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

/** It deletes in Redis, and then says so. */
export const bentocache: Peer = { name: 'bentocache', openPublisher, openReceiver }

function open(redisUrl: string): Promise<Bento> {
  return createBento({ redisUrl, name: 'bench-bento', ttlMs: 600_000, maxItems: 50_000 })
}

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const bento = await open(redisUrl)
  return {
    invalidate: async (keys) => void (await bento.deleteMany({ keys: [...keys] })),
    close: bento.close,
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const bento = await open(redisUrl)
  // It tells of a message before it deletes, in the same turn. What it holds cannot be asked without loading it.
  const held = new Set<string>()
  bento.on('bus:message:received', ({ message: { keys } }) => {
    queueMicrotask(() => {
      for (const key of keys) held.delete(key)
      onGone(keys)
    })
  })
  // Something has to be read before it subscribes.
  await bento.getOrSet({ key: 'none', factory: async () => ({ id: 'none' }) })
  return {
    hold: async (keys) => {
      await Promise.all(keys.map((id) => bento.getOrSet({ key: id, factory: async () => ({ id }) })))
      for (const key of keys) held.add(key)
    },
    holds: (key) => held.has(key),
    close: bento.close,
  }
}
