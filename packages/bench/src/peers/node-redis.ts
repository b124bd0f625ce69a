import { createNodeRedis, type NodeRedis } from '../node-redis.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

const prefix = 'bench-node-redis:'

/** It deletes in Redis, which tells those that have read the key since it was last deleted. */
export const nodeRedis: Peer = { name: 'node-redis', onlyHolders: true, openPublisher, openReceiver }

function open(redisUrl: string): Promise<NodeRedis> {
  return createNodeRedis({ redisUrl, ttlMs: 600_000, maxItems: 50_000 })
}

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const client = await open(redisUrl)
  return {
    invalidate: (keys) => client.delete(keys.map((key) => prefix + key)),
    close: client.close,
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const client = await open(redisUrl)
  // What it holds cannot be asked without reading it.
  const held = new Set<string>()
  client.onInvalidated((redisKey) => {
    const key = redisKey.slice(prefix.length)
    held.delete(key)
    onGone([key])
  })
  const hold = async (key: string) => {
    await read(client, key)
    held.add(key)
  }
  return {
    hold: async (keys) => void (await Promise.all(keys.map(hold))),
    holds: (key) => held.has(key),
    close: client.close,
  }
}

/** What it writes it does not hold, and until it is told of that it holds that there is nothing: it has to read until there is. */
async function read(client: NodeRedis, key: string): Promise<void> {
  while ((await client.get(prefix + key)) === null) await client.set(prefix + key, JSON.stringify({ id: key }))
}
