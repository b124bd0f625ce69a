import { serve } from '@rescind/testbed'
import { applyLoad, keysOf, type Load, type Sent } from '../load.ts'
import { peerOf } from '../peers/all-peers.ts'
import type { PeerPublisher } from '../peers/peer.ts'

const publishers = new Map<string, PeerPublisher>()

process.once('SIGTERM', () => process.exit())

serve({
  async open(redisUrl: string, peers: readonly string[]): Promise<void> {
    for (const peer of peers) publishers.set(peer, await peerOf(peer).openPublisher(redisUrl))
  },

  async send(peer: string, load: Load): Promise<Sent> {
    const publisher = publishers.get(peer)
    if (!publisher) throw new Error(`${peer} is not open`)
    return await applyLoad(load, (n) => publisher.invalidate(keysOf(n, load.keysPerCall)))
  },

  async close(): Promise<void> {
    for (const publisher of publishers.values()) await publisher.close()
  },
})
