import { setTimeout as pause } from 'node:timers/promises'
import { machineClockMs } from '../machine-clock.ts'
import { largest } from '../statistics.ts'
import type { Outage, OutageScale } from './outages.ts'
import type { Scene } from './scene.ts'

/** What readers got during an outage and after it. */
export interface Staleness {
  /** Ids that some reader still got at the old version in the last second of the watch. */
  readonly keys: number
  /** For how long after the writes had begun an old version was read, in seconds; 0 if none was. */
  readonly seconds: number
}

export interface WatchScale extends OutageScale {
  readonly keys: number
  /** How long the readers are watched when it is over. */
  readonly watchMs: number
}

const lastMs = 1_000
/** Every id is written once, after its first version. */
const newest = 2

export async function stalenessIn(scene: Scene, { warm, happen }: Outage, scale: WatchScale): Promise<Staleness> {
  const caches = scene.readers.map(({ cache }) => cache)
  const ids = Array.from({ length: scale.keys }, (_, n) => `item${n}`)
  const watch = () => Promise.all(caches.map((cache) => cache.watch(ids, newest)))
  if (warm) {
    for (const cache of caches) await cache.read(ids)
    await watch()
  }
  const begunAtMs = machineClockMs()
  await happen(scene, ids, scale)
  if (!warm) await watch()
  await pause(scale.watchMs)
  const endedAtMs = machineClockMs()
  const stale = await Promise.all(caches.map((cache) => cache.stale()))
  const keys = ids.filter((_, n) => stale.some((atMs) => (atMs[n] ?? Number.NaN) > endedAtMs - lastMs)).length
  const lastAtMs = largest(stale.flatMap((atMs) => [...atMs].filter((each) => each > begunAtMs)))
  return { keys, seconds: Number.isNaN(lastAtMs) ? 0 : (lastAtMs - begunAtMs) / 1_000 }
}
