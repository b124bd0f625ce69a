import type { Isolate, L1CacheOptions, PolicyName } from '@rescind/core'
import type { Duration } from '@rescind/options'
import type { LoadContext, LoadManyContext } from './load-context.ts'
import type { ValueCodec } from './value-codec.ts'

/** What a region is, and how it keeps its values; K is the type of its ids. */
export interface RegionOptions<V, K extends string = string> {
  /**
   * Reads the value from the source of truth. undefined or null: there is none. What it throws, the readers get, and
   * nothing is cached. It must read what is committed now: a cached or lagging source weakens the promise to its own (see `version`).
   * Through L2 plain data comes back as it was, with Date, Map, Set, BigInt, Buffer and typed arrays. A value with
   * anything else in it (instances of classes, functions, symbols, cycles) is not stored in L2 without a `codec`, and
   * `onEvent` hears of it. Readers share the value: do not change it, or set `isolate`.
   *
   * Write it before `tags`: TypeScript infers the type of the value from it.
   */
  load(id: K, context: LoadContext): Promise<V> | V
  /**
   * Reads many at once, for `getMany` and `warm`: a Map of what there is. An id that is not in it has no value; one
   * whose value is an Error failed with it. Without it they call `load` for each.
   */
  loadMany?(
    ids: readonly K[],
    context: LoadManyContext,
  ): Promise<Map<string, NoInfer<V> | Error>> | Map<string, NoInfer<V> | Error>
  /**
   * Writes a value to the source of truth, for `set`; settles once it is committed. What it returns, unless that is
   * undefined, is cached in place of what `set` was given: the row as it is now, with all that the source adds. It must be
   * what `load` would return. What it throws, the caller of `set` gets, and no cache is changed.
   */
  save?(
    id: K,
    value: NoInfer<V>,
    context: LoadContext,
  ): Promise<NoInfer<V> | undefined> | Promise<void> | NoInfer<V> | undefined
  /** How long a value is current, unless it is invalidated before. Default `'10m'`. */
  readonly ttl?: Duration
  /** How long L1 keeps it at most before it asks L2 again. Default: as long as L2 does. */
  readonly l1Ttl?: Duration
  /** How long it is kept that there is no value. Default `'10s'`, but not above `ttl`. */
  readonly notFoundTtl?: Duration
  /** By which part, from 0 to 0.5, each TTL is made longer or shorter at random. Default 0.1. */
  readonly ttlJitter?: number
  /**
   * For how long after its TTL a value is still served, while it is loaded anew in the background. Default 0. Never
   * one that was invalidated, nor one older than `maxStaleness` allows.
   */
  readonly staleWhileRevalidate?: Duration
  /**
   * For how long after its TTL a value is served if loading it anew fails, or takes longer than `softTimeout`. Default
   * 0. As for `staleWhileRevalidate` otherwise.
   */
  readonly staleIfError?: Duration
  /** How long a read waits for a load while it could serve a stale value. Default: as long as it takes. */
  readonly softTimeout?: Duration
  /**
   * How long a key whose load failed is served stale before it is loaded again, where `staleIfError` or
   * `staleWhileRevalidate` allow that; twice as long after each further failure, to a minute. Default `'1s'`.
   */
  readonly errorBackoff?: Duration
  /**
   * How eagerly values are loaded anew ahead of their expiry, by a read, in the background (XFetch): the longer a load
   * takes, the earlier. Above 1 earlier, below 1 later, 0: never. Default 1.
   */
  readonly beta?: number
  /**
   * The part of its TTL, from 0.1 to 1, after which the next read loads a value anew in the background; for a value that
   * came from L2, of the time that was left. Default 1: never.
   */
  readonly refreshAhead?: number
  /** The tags of a value, at most 128, by which it can be invalidated together with others. */
  tags?(value: NonNullable<V>, id: K): readonly string[]
  /**
   * The version of a value, a whole number from 0 to 2^63 - 1 that never goes down for an id. What a load returns below the
   * highest one known is loaded again, and cached nowhere; see `bump`. Default: values have none.
   */
  version?(value: NonNullable<V>, id: K): number | bigint
  /** Most entries that this process holds for the region. Default 10,000. */
  readonly maxEntries?: number
  /** What the values that this process holds may cost together. Default: no bound. */
  readonly maxCost?: number
  /** What a value costs. Default: with `maxCost` an estimate of the bytes it takes in memory, else 1. */
  cost?(value: V, id: string): number
  /** Who goes when room is needed: what the region has learnt to do without, or what was used least recently. Default `'adaptive'`. */
  readonly policy?: PolicyName
  /**
   * How readers are kept apart that get the same value. `freeze`: it is frozen deeply, in place. `clone`: each gets a
   * copy of his own (`structuredClone`). Default: they share it.
   */
  readonly isolate?: Isolate
  /** Whether values are shared through Redis. Default true. */
  readonly l2?: boolean
  /**
   * A load that takes longer rejects with `LoadTimeoutError`. Default `'10s'`.
   * Keep it within `leaseTtl`: a load that outlasts its lease is not stored in L2.
   */
  readonly loadTimeout?: Duration
  /**
   * A save that takes longer rejects with `SaveTimeoutError`. Default `'10s'`. Keep it within `leaseTtl`: what outlasts its
   * lease is saved, and not stored in L2.
   */
  readonly saveTimeout?: Duration
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

/** All options of a region, checked, with their defaults. */
export interface ResolvedRegion<V> {
  readonly load: RegionOptions<V>['load']
  readonly loadMany: RegionOptions<V>['loadMany'] | undefined
  readonly save: RegionOptions<V>['save'] | undefined
  readonly ttlMs: number
  readonly l1TtlMs: number
  readonly notFoundTtlMs: number
  readonly ttlJitter: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  /** How long after its TTL a value may be of use. */
  readonly graceMs: number
  readonly softTimeoutMs: number | undefined
  readonly errorBackoffMs: number
  readonly beta: number
  readonly refreshAhead: number
  readonly tags: RegionOptions<V>['tags'] | undefined
  readonly version: RegionOptions<V>['version'] | undefined
  readonly l1: Pick<L1CacheOptions<V>, 'maxEntries' | 'maxCost' | 'cost' | 'policy' | 'isolate'>
  readonly l2: boolean
  readonly loadTimeoutMs: number
  readonly saveTimeoutMs: number
  readonly leaseTtlMs: number
  readonly leaseWaitMs: number
  readonly codec: ValueCodec<NonNullable<V>> | undefined
  readonly schemaVersion: string
  readonly compressAbove: number | false
}
