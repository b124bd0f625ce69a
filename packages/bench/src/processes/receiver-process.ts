import { serve } from '@rescind/testbed'
import { Arrivals } from '../arrivals.ts'
import { peerOf } from '../peers/all-peers.ts'
import type { PeerReceiver } from '../peers/peer.ts'

interface Ear {
  readonly receiver: PeerReceiver
  readonly arrivals: Arrivals
}

const ears = new Map<string, Ear>()

process.once('SIGTERM', () => process.exit())

serve({
  async open(redisUrl: string, peers: readonly string[]): Promise<void> {
    for (const peer of peers) {
      const arrivals = new Arrivals()
      const receiver = await peerOf(peer).openReceiver(redisUrl, (keys) => arrivals.note(keys))
      ears.set(peer, { receiver, arrivals })
    }
  },

  expect: (peer: string, calls: number): void => earOf(peer).arrivals.expect(calls),

  hold: (peer: string, keys: readonly string[]): Promise<void> => earOf(peer).receiver.hold(keys),

  /** How many of these keys are held. */
  held: (peer: string, keys: readonly string[]): number => keys.filter((key) => earOf(peer).receiver.holds(key)).length,

  collect: (peer: string, calls: number, withinMs: number): Promise<Float64Array> =>
    earOf(peer).arrivals.collect(calls, withinMs),

  async close(): Promise<void> {
    for (const { receiver } of ears.values()) await receiver.close()
  },
})

function earOf(peer: string): Ear {
  const ear = ears.get(peer)
  if (!ear) throw new Error(`${peer} is not open`)
  return ear
}
