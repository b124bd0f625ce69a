import type { Entry } from './entry.ts'

/** An entry as it is handed to L1, which fills in what is left out. */
export interface NewEntry<V> extends Pick<Entry<V>, 'value' | 'asOf' | 'freshAt' | 'expiresAt' | 'verifiedTick'> {
  /** Default `expiresAt`, and cut down to it. */
  readonly staleAt?: number
  /** Default none. */
  readonly tags?: readonly string[]
  /** Default none. */
  readonly version?: number | bigint | undefined
  /** Default 1. */
  readonly cost?: number | undefined
  /** Default 0. */
  readonly computeMs?: number
}

const NO_TAGS: readonly string[] = Object.freeze([])

/** The entry that stands for it in L1. */
export function entryOf<V>(entry: NewEntry<V>): Entry<V> {
  const { value, asOf, freshAt, expiresAt, verifiedTick } = entry
  const { staleAt = expiresAt, tags = NO_TAGS, version, cost = 1, computeMs = 0 } = entry
  return {
    value,
    asOf,
    freshAt,
    expiresAt,
    staleAt: Math.min(staleAt, expiresAt),
    tags,
    version,
    cost,
    computeMs,
    verifiedTick,
  }
}
