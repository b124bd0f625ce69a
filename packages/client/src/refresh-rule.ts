import type { Entry } from '@rescind/core'

/**
 * What a reader does with a value that it may serve as far as invalidations go. `fresh`: serve it. `refresh`: serve it,
 * and load it anew in the background. `fallback`: load it anew, and serve it if that fails or takes too long.
 * `expired`: load it anew.
 */
export type Due = 'fresh' | 'refresh' | 'fallback' | 'expired'

export interface RefreshOptions {
  /** How much earlier than needed XFetch refreshes; 0: never before the expiry. */
  readonly beta: number
  /** The part of its life, from 0 to 1, after which the next read of a value refreshes it; 1: never. */
  readonly refreshAhead: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
}

export type Aged = Pick<Entry<unknown>, 'freshAt' | 'staleAt' | 'computeMs'>

/** A draw of XFetch falls as far as this many times `beta * computeMs` ahead of expiry once in 10^8 reads. */
const FARTHEST_DRAW = 18.5

/** False where `dueOf` would say `fresh`, whatever is drawn: for the many reads that need no closer look. */
export function needsLook(entry: Aged, now: number, { beta, refreshAhead }: RefreshOptions): boolean {
  return entry.staleAt - now <= FARTHEST_DRAW * beta * entry.computeMs || isAhead(entry, now, refreshAhead)
}

function isAhead({ freshAt, staleAt }: Aged, now: number, refreshAhead: number): boolean {
  return now >= freshAt + refreshAhead * (staleAt - freshAt)
}

/**
 * Early refreshes are drawn as in XFetch (Vattani, Chierichetti and Lowenstein, «Optimal Probabilistic Cache Stampede
 * Prevention», VLDB 2015): the slower the load and the nearer the expiry, the likelier.
 *
 * @param random a draw from [0, 1).
 */
export function dueOf(entry: Aged, now: number, options: RefreshOptions, random: number): Due {
  const { beta, refreshAhead, staleWhileRevalidateMs, staleIfErrorMs } = options
  const { staleAt, computeMs } = entry
  const staleMs = now - staleAt
  if (staleMs >= 0) {
    if (staleMs < staleWhileRevalidateMs) {
      return 'refresh'
    }
    return staleMs < staleIfErrorMs ? 'fallback' : 'expired'
  }
  // 1 - random is never 0, the logarithm of which would be infinite.
  const early = -beta * computeMs * Math.log(1 - random) >= -staleMs
  return early || (refreshAhead < 1 && isAhead(entry, now, refreshAhead)) ? 'refresh' : 'fresh'
}
