import type { Loaded } from './loader.ts'
import type { ResolvedRegion } from './region-options.ts'

type LifetimeOptions = Pick<ResolvedRegion<unknown>, 'ttlMs' | 'l1TtlMs' | 'notFoundTtlMs' | 'ttlJitter' | 'graceMs'>

/** For how long a value is kept, in milliseconds: its own life, and after it the grace, in which it is stale. */
export interface Lifetime {
  readonly l1Ms: number
  readonly l2Ms: number
  readonly graceMs: number
}

/**
 * How long what was loaded is kept. Jitter lets values that were loaded together expire apart.
 *
 * @param random a draw from [0, 1).
 */
export function lifetimeOf(
  { ttlMs, found }: Pick<Loaded<unknown>, 'ttlMs' | 'found'>,
  options: LifetimeOptions,
  random: number,
): Lifetime {
  const jitter = jitterOf(options, random)
  const l2Ms = Math.max(1, Math.round((ttlMs ?? (found ? options.ttlMs : options.notFoundTtlMs)) * jitter))
  return { l1Ms: l1Life(l2Ms, options, jitter), l2Ms, graceMs: options.graceMs }
}

/**
 * What a TTL is multiplied by.
 *
 * @param random a draw from [0, 1).
 */
export function jitterOf({ ttlJitter }: Pick<LifetimeOptions, 'ttlJitter'>, random: number): number {
  return 1 + ttlJitter * (2 * random - 1)
}

/** How long L1 keeps what has `leftMs` of its life left in L2. */
export function l1Life(leftMs: number, { l1TtlMs }: Pick<LifetimeOptions, 'l1TtlMs'>, jitter: number): number {
  return Math.min(leftMs, l1TtlMs * jitter)
}
