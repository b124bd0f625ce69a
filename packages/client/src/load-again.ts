import { isBelow } from '@rescind/core'
import { LoadTimeoutError } from './errors.ts'
import type { Flight } from './flight.ts'
import type { Loaded } from './loader.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { RegionStats } from './region-stats.ts'

/** Asks the source for one value. */
export interface Source<V> {
  load(): Promise<Loaded<V>>
  /** @param withinMs what is left of the time for it. */
  again(withinMs: number): Promise<Loaded<V>>
  pause(ms: number): Promise<void>
}

const PAUSES_MS = [25, 50, 100]

/** How long a source that lags behind is left alone before it is asked once more, in milliseconds; undefined: it is not. */
export function pauseAfter(tries: number): number | undefined {
  const ms = PAUSES_MS[tries - 1]
  return ms && ms * (0.5 + Math.random())
}

/** What came of a load. */
export interface Latest<V> {
  readonly loaded: Loaded<V>
  /** The source has nothing newer, though there is. */
  readonly outdated: boolean
}

/**
 * Loads again while the source has a lower version than is known of the key: it is a replica that lags behind, or the
 * like. A few times, all within `loadTimeout`; a try that fails is the last. The highest version of all tries counts.
 *
 * @param first what was loaded, and when that began.
 * @param flight if something dooms it, who waits for it reads anew.
 */
export async function loadAgain<V>(
  id: string,
  first: { readonly loaded: Loaded<V>; readonly startedAt: number },
  source: Source<V>,
  flight: Pick<Flight<V>, 'cacheable'>,
  { options, node, stats, latencies, l1 }: ReaderParts<V>,
): Promise<Latest<V>> {
  let { loaded } = first
  const giveUpAt = first.startedAt + options.loadTimeoutMs
  for (let tries = 1; flight.cacheable && isBelow(loaded.version, l1.floorOf(id)); tries += 1) {
    stats.outdated += 1
    const ms = pauseAfter(tries)
    if (ms === undefined || node.clock() + ms >= giveUpAt) {
      return { loaded, outdated: true }
    }
    await source.pause(ms)
    if (!flight.cacheable) {
      break
    }
    try {
      stats.loads += 1
      const next = await source.again(Math.max(1, giveUpAt - node.clock()))
      latencies.load.record(next.computeMs)
      loaded = isBelow(next.version, loaded.version) ? loaded : next
    } catch (error) {
      noteFailure(stats, error)
      return { loaded, outdated: true }
    }
  }
  return { loaded, outdated: false }
}

/** Counts a load that failed. */
export function noteFailure(stats: RegionStats, error: unknown): void {
  stats.loadErrors += 1
  stats.loadTimeouts += error instanceof LoadTimeoutError ? 1 : 0
}
