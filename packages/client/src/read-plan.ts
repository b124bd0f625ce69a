import { parseToken } from '@rescind/bus'
import { checkOptions, type Duration, durationMs, InvalidArgumentError } from '@rescind/options'
import type { LoadBatch } from './load-batch.ts'
import type { Load } from './loader.ts'
import type { Aged } from './refresh-rule.ts'

/** How one read differs from the others of its region. */
export interface ReadOptions {
  /**
   * The token of a receipt, or of a header or cookie that carried it: the value is at least as new as what was committed
   * before that invalidation, whichever process it was made in. Where this process has not heard of it, it asks Redis
   * how far it is behind, and else the loader.
   */
  readonly after?: string
  /**
   * A stricter bound than that of the cache, from 0. Where the last proof of freshness is older, Redis is asked for one
   * first, and without it the loader.
   */
  readonly maxStaleness?: Duration
  /** Passes by L1 and L2: the loader is asked, and what it says is cached. Default false. */
  readonly fresh?: boolean
}

/** What one read is content with. */
export interface ReadPlan<V> {
  readonly boundMs: number
  readonly after: string | undefined
  /** Whether only the loader will do. */
  readonly fresh: boolean
  /** In place of the loader of the region. */
  readonly load: Load<V> | undefined
  /** Loads together with others. */
  readonly batch: LoadBatch<V> | undefined
  /** Takes note of what is to be refreshed together with others, once all are read; undefined: refresh it at once. */
  readonly due: Map<string, Aged> | undefined
}

const READ_OPTIONS: readonly (keyof ReadOptions)[] = ['after', 'maxStaleness', 'fresh']

/** @throws {InvalidArgumentError} */
export function planRead<V>(options: ReadOptions | undefined, boundMs: number, load?: Load<V>): ReadPlan<V> {
  if (options === undefined) {
    return { boundMs, after: undefined, fresh: false, load, batch: undefined, due: undefined }
  }
  checkOptions('options of the read', options, READ_OPTIONS)
  const { after, maxStaleness, fresh = false } = options
  if (typeof fresh !== 'boolean') {
    throw new InvalidArgumentError('fresh', 'true or false', fresh)
  }
  if (after !== undefined) {
    parseToken(after)
  }
  const ownMs =
    maxStaleness === undefined ? boundMs : durationMs('maxStaleness', maxStaleness, { minMs: 0, maxMs: boundMs })
  return { boundMs: ownMs, after, fresh, load, batch: undefined, due: undefined }
}
