import { checkInteger, checkOptions, type Duration, durationMs, InvalidArgumentError } from '@rescind/options'

/** What a loader gets beside the id. */
export interface LoadContext {
  /** Aborted when the load takes longer than `loadTimeout`; not by `close()`. */
  readonly signal: AbortSignal
}

export interface RegionOptions<V> {
  /**
   * Reads the value from the source of truth. undefined or null: there is none. What it throws, the readers get, and
   * nothing is cached. It must read what is committed now: a cached or lagging source weakens the promise to its own.
   * Through L2 plain data comes back as it was, with Date, Set, BigInt, Buffer and typed arrays; a Map or an instance
   * of a class comes back as a plain object, a URL as a string, and functions are lost. What MessagePack cannot carry
   * (symbols, cycles) is not stored in L2, and `onEvent` hears of it. Readers share the value: do not change it.
   *
   * Write it before `tags`: TypeScript infers the type of the value from it.
   */
  readonly load: (id: string, context: LoadContext) => Promise<V> | V
  /** How long a value is kept in L1 and in L2. Default `'10m'`. */
  readonly ttl?: Duration
  /** How long it is kept that there is no value. Default `'10s'`, but not above `ttl`. */
  readonly notFoundTtl?: Duration
  /** The tags of a value, at most 128, by which it can be invalidated together with others. */
  readonly tags?: (value: NonNullable<V>, id: string) => readonly string[]
  /**
   * Most entries that this process holds for the region. The less recently used half of them may go at any time: set
   * it to twice the number of keys that are to stay. Default 10,000.
   */
  readonly maxEntries?: number
  /** Whether values are shared through Redis. Default true. */
  readonly l2?: boolean
  /**
   * A load that takes longer rejects with `LoadTimeoutError`. Default `'10s'`.
   * Keep it within `leaseTtl`: a load that outlasts its lease is not stored in L2.
   */
  readonly loadTimeout?: Duration
  /** How long one process alone may load a key; if it dies, others load after this. Default `'10s'`. */
  readonly leaseTtl?: Duration
  /** How long to wait for another process's load before loading too. Default `'2s'`. */
  readonly leaseWait?: Duration
}

export interface ResolvedRegion<V> {
  readonly load: (id: string, context: LoadContext) => Promise<V> | V
  readonly tags: ((value: NonNullable<V>, id: string) => readonly string[]) | undefined
  readonly ttlMs: number
  readonly notFoundTtlMs: number
  readonly maxEntries: number
  readonly l2: boolean
  readonly loadTimeoutMs: number
  readonly leaseTtlMs: number
  readonly leaseWaitMs: number
}

const REGION_OPTIONS: readonly (keyof RegionOptions<unknown>)[] = [
  'load',
  'ttl',
  'notFoundTtl',
  'tags',
  'maxEntries',
  'l2',
  'loadTimeout',
  'leaseTtl',
  'leaseWait',
]

/** @throws {InvalidArgumentError} */
export function resolveRegion<V>(options: RegionOptions<V>): ResolvedRegion<V> {
  checkOptions('options of the region', options, REGION_OPTIONS)
  const { load, tags, maxEntries = 10_000, l2 = true } = options
  const { ttl = '10m', loadTimeout = '10s', leaseTtl = '10s', leaseWait = '2s' } = options
  if (typeof load !== 'function') {
    throw new InvalidArgumentError('load', 'a function that reads a value by its id', load)
  }
  if (tags !== undefined && typeof tags !== 'function') {
    throw new InvalidArgumentError('tags', 'a function that returns the tags of a value', tags)
  }
  if (typeof l2 !== 'boolean') {
    throw new InvalidArgumentError('l2', 'true or false', l2)
  }
  checkInteger('maxEntries', maxEntries, 1, 2 ** 24)
  const ttlMs = durationMs('ttl', ttl)
  const { notFoundTtl = Math.min(10_000, ttlMs) } = options
  return {
    load,
    tags,
    ttlMs,
    notFoundTtlMs: durationMs('notFoundTtl', notFoundTtl, { maxMs: ttlMs }),
    maxEntries,
    l2,
    loadTimeoutMs: durationMs('loadTimeout', loadTimeout),
    leaseTtlMs: durationMs('leaseTtl', leaseTtl, { minMs: 10 }),
    leaseWaitMs: durationMs('leaseWait', leaseWait, { minMs: 0 }),
  }
}
