import {
  BUS_OPTIONS,
  type BusOptions,
  type BusStatus,
  type Committed,
  formatPosition,
  MemoryHub,
  type Message,
  type PublishOptions,
  type Receipt,
  type Transaction,
} from '@rescind/bus'
import { checkName, checkOptions, InvalidArgumentError } from '@rescind/options'
import type { CacheEvent } from './cache-event.ts'
import { CacheNode } from './cache-node.ts'
import { CacheRegion } from './cache-region.ts'
import type { Region } from './region.ts'
import type { RegionOptions } from './region-options.ts'
import { addStats, emptyStats, type RegionReport, type RegionStats } from './region-stats.ts'
import { type WrapOptions, type Wrapped, wrap } from './wrap.ts'

/** As for a bus, but without `redis` (or `hub`) the cache is of one process, in memory. */
export interface CacheOptions extends BusOptions {
  /** Hears what happens in the background. What it throws becomes a process warning, and breaks nothing. */
  readonly onEvent?: (event: CacheEvent) => void
}

export interface CacheStats {
  readonly nodeId: string
  readonly status: BusStatus
  /** The last position applied, as `epoch-seq`; undefined before the first contact. */
  readonly position: string | undefined
  /** How long ago this node was last proven to have heard everything, in ms; undefined before the first proof. */
  readonly proofAgeMs: number | undefined
  /** Keys, tags and regions that messages named. */
  readonly invalidationsApplied: number
  /** Times that everything was dropped: restart or failover of Redis, a lost log, a log trimmed past this node. */
  readonly flushes: number
  /**
   * From publish to applied, in whole ms of the wall clocks of the two machines, and their difference; the largest
   * includes the time that this process was cut off.
   */
  readonly lagMs: { readonly last: number; readonly max: number }
  /** What came on the channel of the bus and was not from its log. */
  readonly ignored: number
  /** Own messages that wait to be acknowledged. */
  readonly queued: number
  readonly regions: Readonly<Record<string, RegionReport>>
  /** The sum of all regions. */
  readonly total: RegionStats
}

export interface Cache {
  /**
   * Defines a region; its name is as that of a bus. Every process that shares it defines it under the same name.
   *
   * @throws {InvalidArgumentError} also if this cache has a region of that name.
   */
  region<V, K extends string = string>(name: string, options: RegionOptions<V, K>): Region<V, K>
  /**
   * A function that remembers what `fn` returned for the same arguments, in a region of that name. Equal arguments have
   * equal keys: strings, numbers, booleans, bigints, null, undefined and Dates by value, arrays by their items, plain
   * objects by their properties in any order (one that is undefined counts as absent, and so do undefined arguments at
   * the end). Anything else needs `key`. A call rejects as `Region.get` does.
   *
   * @throws {InvalidArgumentError}
   */
  wrap<A extends readonly unknown[], V>(
    name: string,
    fn: (...args: A) => Promise<V> | V,
    options?: WrapOptions<A, V>,
  ): Wrapped<A, V>
  /**
   * Says that no value that carries one of these 1 to 10,000 tags is current, in any region. As `Region.invalidate`
   * otherwise.
   */
  invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt>
  /** Says that no value is current, in any region and any process. As `Region.invalidate` otherwise. */
  clear(options?: PublishOptions): Promise<Receipt>
  /**
   * Runs `work`, which writes to the database, and says all that it noted on `tx` once it has resolved: that is to be after
   * the commit. One message for each kind, however many were noted; the token of the receipt covers all. If `work` throws,
   * nothing is said, no value is dropped, and this rejects with the same. With an error of `Region.invalidate` it rejects
   * after the commit: what was written stands, and this process has dropped its values.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: PublishOptions): Promise<Committed<T>>
  /**
   * Connects; the first read or write does so too. True once this process hears everything, false if that takes longer
   * than `connectTimeout` (also where the connection is refused at once): then it goes on trying, and reads are served
   * by the loader. Never rejects.
   */
  start(): Promise<boolean>
  stats(): CacheStats
  /**
   * Waits up to a second for messages and fills under way, and disconnects. Reads still work afterwards, as without
   * Redis. Loads under way are not aborted: they keep the process alive until they settle, or for `loadTimeout`.
   * Any number of times. Returns the messages that were given up.
   */
  close(): Promise<{ readonly unsent: readonly Message[] }>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A cache of this process, and its membership of the bus `name`. Does no I/O until it is used.
 *
 * @throws {InvalidArgumentError}
 */
export function createCache(options: CacheOptions): Cache {
  checkOptions('options', options, [...BUS_OPTIONS, 'onEvent'])
  const { onEvent, ...rest } = options
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw new InvalidArgumentError('onEvent', 'a function', onEvent)
  }
  if ('redis' in rest && rest.redis === undefined) {
    // Most likely a setting that is missing: a cache that shares nothing should be asked for, not slipped into.
    throw new InvalidArgumentError('redis', 'where Redis is, or left out for a cache of one process', rest.redis)
  }
  const alone = rest.redis === undefined && rest.hub === undefined
  const node = new CacheNode(alone ? { ...rest, hub: new MemoryHub() } : rest, onEvent)
  let closing: Promise<{ readonly unsent: readonly Message[] }> | undefined

  async function leave(): Promise<{ readonly unsent: readonly Message[] }> {
    node.errands.giveBack()
    await node.errands.drain()
    return node.bus.close()
  }

  function close(): Promise<{ readonly unsent: readonly Message[] }> {
    closing ??= leave()
    return closing
  }

  function stats(): CacheStats {
    const { bus, counters, provenAt } = node
    const perRegion = [...node.regions].map(([name, region]) => [name, region.stats] as const)
    return {
      nodeId: bus.nodeId,
      status: bus.status,
      position: bus.position && formatPosition(bus.position),
      proofAgeMs: Number.isFinite(provenAt) ? node.clock() - provenAt : undefined,
      invalidationsApplied: counters.invalidations,
      flushes: counters.flushes,
      lagMs: { last: counters.lastLagMs, max: counters.maxLagMs },
      ignored: bus.ignored,
      queued: bus.queued,
      regions: Object.fromEntries(perRegion),
      total: perRegion.reduce((sum, [, region]) => addStats(sum, region), emptyStats()),
    }
  }

  function define<V>(name: string, regionOptions: RegionOptions<V>): CacheRegion<V> {
    checkName('region', name)
    if (node.regions.has(name)) {
      throw new InvalidArgumentError(
        'region',
        'a name that is not in use; keep the region that was returned first',
        name,
      )
    }
    const region = new CacheRegion(options.name, name, regionOptions, node)
    node.attach(name, region)
    return region
  }

  return {
    region: define,
    wrap: (name, fn, more = {}) => wrap(fn, more, (regionOptions) => define(name, regionOptions)),
    invalidateTags: (tags, more) => node.invalidateTags(tags, more),
    clear: (more) => node.clearAll(more),
    transaction: (work, more) => node.transaction(work, more),
    start: () => node.bus.start(),
    stats,
    close,
    [Symbol.asyncDispose]: async () => {
      await close()
    },
  }
}
