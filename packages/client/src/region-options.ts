import {
  checkInteger,
  checkName,
  checkOptions,
  type Duration,
  durationMs,
  InvalidArgumentError,
} from '@rescind/options'
import { MAX_INFLATED_BYTES } from './compression.ts'
import { checkCodec, type ValueCodec } from './value-codec.ts'

/** What a loader gets beside the id. */
export interface LoadContext {
  /** Aborted when the load takes longer than `loadTimeout`; not by `close()`. */
  readonly signal: AbortSignal
}

export interface RegionOptions<V> {
  /**
   * Reads the value from the source of truth. undefined or null: there is none. What it throws, the readers get, and
   * nothing is cached. It must read what is committed now: a cached or lagging source weakens the promise to its own.
   * Through L2 plain data comes back as it was, with Date, Map, Set, BigInt, Buffer and typed arrays. A value with
   * anything else in it (instances of classes, functions, symbols, cycles) is not stored in L2 without a `codec`, and
   * `onEvent` hears of it. Readers share the value: do not change it.
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
  /** Turns values into plain data for L2, and back. Default: they are plain data. */
  readonly codec?: ValueCodec<NonNullable<NoInfer<V>>>
  /**
   * Which form values have in L2: change it with what `load` returns, or with `codec`. Releases with different ones run
   * side by side and do not see each other's values; an invalidation is for all of them. A number from 0 on, or as the name of a
   * region. Default 1.
   */
  readonly schemaVersion?: number | string
  /** Values that take more bytes are compressed in L2; any process can read either. Default false: none. */
  readonly compressAbove?: number | false
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
  readonly codec: ValueCodec<NonNullable<V>> | undefined
  readonly schemaVersion: string
  readonly compressAbove: number | false
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
  'codec',
  'schemaVersion',
  'compressAbove',
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
  const { codec, schemaVersion = 1, compressAbove = false } = options
  checkCodec(codec)
  checkSchemaVersion(schemaVersion)
  if (compressAbove !== false) {
    checkInteger('compressAbove', compressAbove, 0, MAX_INFLATED_BYTES)
  }
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
    codec,
    schemaVersion: String(schemaVersion),
    compressAbove,
  }
}

function checkSchemaVersion(version: unknown): void {
  if (typeof version === 'number') {
    checkInteger('schemaVersion', version, 0, Number.MAX_SAFE_INTEGER)
  } else {
    checkName('schemaVersion', version)
  }
}
