import { bentocache } from './bentocache.ts'
import { cacheable } from './cacheable.ts'
import { layeredLoader } from './layered-loader.ts'
import { naive } from './naive.ts'
import { nodeRedis } from './node-redis.ts'
import type { Peer } from './peer.ts'
import { rescind } from './rescind.ts'
import { script } from './script.ts'

/** What we are compared with. */
export const others: readonly Peer[] = [naive, script, layeredLoader, bentocache, cacheable, nodeRedis]

export const ours: Peer = rescind

export const allPeers: readonly Peer[] = [ours, ...others]

export function peerOf(name: string): Peer {
  const peer = allPeers.find((candidate) => candidate.name === name)
  if (!peer) throw new Error(`There is no peer ${name}`)
  return peer
}
