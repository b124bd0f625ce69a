import type { Entry } from './entry.ts'

/** An entry as it is handed to L1, which fills in what is left out. */
export interface NewEntry<V> extends Pick<Entry<V>, 'value' | 'asOf' | 'freshAt' | 'expiresAt' | 'verifiedTick'> {
  /** Default `expiresAt`, and cut down to it. */
  readonly staleAt?: number
  /** Default none. */
  readonly tags?: readonly string[]
  /** Default none. */
  readonly version?: number | bigint | undefined
  /** From 0 on; a fraction is rounded up. Default: what the cache's `cost` says. */
  readonly cost?: number | undefined
  /** Default 0. */
  readonly computeMs?: number
}
