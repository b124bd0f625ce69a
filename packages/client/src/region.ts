import type { PublishOptions, Receipt } from '@rescind/bus'
import { L1Cache, RegionMarker } from '@rescind/core'
import { InvalidArgumentError } from '@rescind/options'
import { type CacheNode, orDrop, type Subscriber } from './cache-node.ts'
import { FlightTable } from './flight-table.ts'
import { L2Store } from './l2-store.ts'
import { Reader } from './reader.ts'
import { type RegionOptions, resolveRegion } from './region-options.ts'
import { emptyStats, type RegionStats } from './region-stats.ts'
import { ValueFormat } from './value-format.ts'

/** Values of one kind, by id, with the loader that reads them from the source of truth. */
export interface Region<V> {
  readonly name: string
  /**
   * The value, from L1, L2 or the loader; what the loader returned for one that does not exist. Never staler than the
   * bound of the cache. The first read waits up to 250 ms for the connection. Rejects with what the loader or `tags`
   * threw, and else only with:
   *
   * @throws {InvalidArgumentError} for an id that is no well-formed string of up to 1 KiB, or if `tags` returns anything
   * but up to 128 such strings.
   * @throws {LoadTimeoutError}
   */
  get(id: string): Promise<V>
  /** The value, if this process holds it and may serve it now; else undefined. Never waits, never loads. */
  peek(id: string): V | undefined
  /**
   * The values that exist, in the order asked. What is missing is loaded one by one, all at the same time. Rejects with
   * the first failure; errors as for `get`.
   */
  getMany(ids: readonly string[]): Promise<Map<string, NonNullable<V>>>
  /**
   * Says that the values of these 1 to 10,000 ids are no longer current; call it after the commit. When it resolves,
   * the message is in the log and this process has dropped its values. If it rejects, it has dropped them all the same.
   *
   * @throws {InvalidArgumentError}
   * @throws {PublishTimeoutError} not acknowledged in time, but queued: the others will hear of it later.
   * @throws {PublishFailedError} refused: the others will not hear of it.
   * @throws {ConfirmFailedError} with `confirm`, if a member of the bus is not strict.
   * @throws {ClosedError}
   */
  invalidate(ids: string | readonly string[], options?: PublishOptions): Promise<Receipt>
  /** Says that no value of this region is current, however many there are; costs one message. As `invalidate` otherwise. */
  clear(options?: PublishOptions): Promise<Receipt>
}

export class CacheRegion<V> implements Region<V>, Subscriber {
  readonly name: string
  readonly #node: CacheNode
  readonly #l1: L1Cache<V>
  readonly #marker = new RegionMarker()
  readonly #flights: FlightTable<V>
  readonly #reader: Reader<V>
  readonly #stats: RegionStats = emptyStats()

  /** @throws {InvalidArgumentError} */
  constructor(cacheName: string, name: string, options: RegionOptions<V>, node: CacheNode) {
    const resolved = resolveRegion(options)
    this.name = name
    this.#node = node
    this.#l1 = new L1Cache({ node, maxEntries: resolved.maxEntries, clock: node.clock })
    this.#flights = new FlightTable(node)
    this.#reader = new Reader({
      name,
      options: resolved,
      node,
      l1: this.#l1,
      marker: this.#marker,
      l2: new L2Store({
        name: cacheName,
        region: name,
        leaseMs: resolved.leaseTtlMs,
        format: new ValueFormat(resolved),
        onDamaged: () => {
          this.#stats.l2Damaged += 1
        },
      }),
      flights: this.#flights,
      stats: this.#stats,
    })
  }

  get stats(): RegionStats & { readonly entries: number } {
    return { ...this.#stats, entries: this.#l1.size }
  }

  get(id: string): Promise<V> {
    const entry = this.#l1.get(id)
    if (entry) {
      this.#stats.l1Hits += 1
      return Promise.resolve(entry.value)
    }
    return this.#reader.read(id)
  }

  peek(id: string): V | undefined {
    return this.#l1.peek(id)?.value
  }

  async getMany(ids: readonly string[]): Promise<Map<string, NonNullable<V>>> {
    if (!Array.isArray(ids)) {
      throw new InvalidArgumentError('ids', 'an array of strings', ids)
    }
    const unique = [...new Set<string>(ids)]
    const values = await Promise.all(unique.map(async (id) => [id, await this.get(id)] as const))
    const found = new Map<string, NonNullable<V>>()
    for (const [id, value] of values) {
      if (value !== undefined && value !== null) {
        found.set(id, value)
      }
    }
    return found
  }

  async invalidate(ids: string | readonly string[], options?: PublishOptions): Promise<Receipt> {
    const keys = typeof ids === 'string' ? [ids] : ids
    if (!Array.isArray(keys)) {
      throw new InvalidArgumentError('ids', 'a string, or an array of 1 to 10000 strings', ids)
    }
    return orDrop(this.#node.bus.invalidate({ region: this.name, keys }, options), () => {
      this.drop(keys, Number.POSITIVE_INFINITY)
    })
  }

  clear(options?: PublishOptions): Promise<Receipt> {
    return orDrop(this.#node.bus.clear([this.name], options), () => this.dropAll(undefined))
  }

  drop(keys: readonly string[], position: number): void {
    for (const key of keys) {
      this.#stats.dropped += this.#l1.invalidate(key, position) ? 1 : 0
      this.#flights.doom(key, position)
    }
  }

  dropTagged(tags: ReadonlySet<string>): void {
    this.#l1.dropTagged(tags)
  }

  dropAll(position: number | undefined): void {
    if (position !== undefined) {
      this.#marker.mark(position)
    }
    this.#l1.clear()
    this.#flights.doomAll()
  }

  flush(position: number): void {
    this.#marker.reset(position)
    this.dropAll(undefined)
  }
}
