import { compare, type Line } from '../line.ts'
import { outages } from '../outages/outages.ts'
import { withScene } from '../outages/scene.ts'
import { type Staleness, stalenessIn, type WatchScale } from '../outages/staleness.ts'
import { otherRemotes, type RemotePeer } from '../remote/all-remote-peers.ts'
import type { Question } from './question.ts'

export interface FaultsScale extends WatchScale {
  readonly readers: number
  readonly peers: readonly RemotePeer[]
  /** Names of outages. */
  readonly faults: readonly string[]
}

const full: FaultsScale = {
  readers: 2,
  keys: 100,
  lastsMs: 6_000,
  patienceMs: 2_000,
  loadMs: 500,
  watchMs: 10_000,
  // What keeps nothing in the process cannot be stale there.
  peers: otherRemotes.filter((peer) => peer !== 'async-cache-dedupe'),
  faults: Object.keys(outages),
}

export const faults: Question = {
  name: 'faults',
  about:
    'What is stale after something went wrong while 100 keys were written: how many of them some process still answers with ' +
    'the old value 10 s after it is over, and for how long one did. TTLs are 10 minutes. All peers at the same time, each with its own Redis.',
  redis: true,
  ask: () => askFaults(full),
}

export async function askFaults({ readers, peers, faults, ...scale }: FaultsScale): Promise<Line[]> {
  const lines: Line[] = []
  for (const fault of faults) {
    const outage = outages[fault]
    if (!outage) throw new Error(`There is no outage ${fault}`)
    const ask = (peer: RemotePeer): Promise<Staleness> =>
      withScene(peer, readers, (scene) => stalenessIn(scene, outage, scale))
    const [ours, ...others] = await Promise.all((['rescind', ...peers] as const).map(ask))
    for (const [n, peer] of peers.entries()) {
      const theirs = others[n]
      if (ours && theirs) lines.push(...answer(fault, peer, ours, theirs))
    }
  }
  return lines
}

function answer(fault: string, peer: string, ours: Staleness, theirs: Staleness): Line[] {
  const shared = { better: 'lower', peer } as const
  return [
    compare({ ...shared, name: `faults.${fault}.stale-keys`, unit: 'keys', ours: ours.keys, theirs: theirs.keys }),
    compare({ ...shared, name: `faults.${fault}.stale-for`, unit: 's', ours: ours.seconds, theirs: theirs.seconds }),
  ]
}
