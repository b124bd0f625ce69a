import type { PublishOptions, Receipt } from '@rescind/bus'
import { type Entry, isolationFor, L1Cache, RegionMarker } from '@rescind/core'
import { checkKey, checkVersion, InvalidArgumentError } from '@rescind/options'
import { BackOffs } from './back-offs.ts'
import { type CacheNode, orDrop } from './cache-node.ts'
import { ReadManyError } from './errors.ts'
import { FlightTable } from './flight-table.ts'
import { type Inspection, inspect } from './inspect.ts'
import { L2Store } from './l2-store.ts'
import { Latencies } from './latencies.ts'
import { type Load, Loader } from './loader.ts'
import { planRead, type ReadOptions, type ReadPlan } from './read-plan.ts'
import { Reader } from './reader.ts'
import type { ReaderParts } from './reader-parts.ts'
import { needsLook } from './refresh-rule.ts'
import type { Region } from './region.ts'
import type { RegionOptions, ResolvedRegion } from './region-options.ts'
import { emptyStats, hitRates, type RegionReport, type RegionStats } from './region-stats.ts'
import { Renewals } from './renewals.ts'
import { resolveRegion } from './resolve-region.ts'
import type { Subscriber } from './subscriber.ts'
import { ValueFormat } from './value-format.ts'
import { type WarmOptions, type WarmReport, warm } from './warm.ts'
import { WriteFences } from './write-fences.ts'
import { planWrite, type WriteOptions } from './write-options.ts'
import { Writer } from './writer.ts'

/** Of so many reads that L1 answers, one is timed: a clock read costs as much as all the rest of them. */
const SAMPLED = 1_024

export class CacheRegion<V> implements Region<V>, Subscriber {
  readonly name: string
  readonly #node: CacheNode
  readonly #l1: L1Cache<V>
  readonly #marker = new RegionMarker()
  readonly #flights: FlightTable<V>
  readonly #parts: ReaderParts<V>
  readonly #reader: Reader<V>
  readonly #writer: Writer<V>
  readonly #fences = new WriteFences()
  readonly #renewals = new Renewals()
  readonly #options: ResolvedRegion<V>
  readonly #anyRead: ReadPlan<V>
  readonly #stats: RegionStats = emptyStats()
  readonly #latencies = { l1: new Latencies(), l2: new Latencies(), load: new Latencies() }
  /**
   * What `get` has returned last of L1, and the promise of its value: who asks for the same once more gets the same from then on.
   * It is kept only then, since to write down a young object costs a random read a tenth.
   */
  #given: Entry<V> | undefined
  #giving: Promise<V> | undefined

  /** @throws {InvalidArgumentError} */
  constructor(cacheName: string, name: string, options: RegionOptions<V>, node: CacheNode) {
    const resolved = resolveRegion(options)
    const { clock } = node
    this.name = name
    this.#node = node
    this.#options = resolved
    this.#anyRead = planRead(undefined, node.maxStalenessMs)
    this.#l1 = new L1Cache({ ...resolved.l1, node, clock })
    this.#flights = new FlightTable(node)
    this.#parts = {
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
        versions: resolved.version !== undefined,
        onDamaged: () => {
          this.#stats.l2Damaged += 1
        },
        onAwaited: (key) => node.bus.wake(key),
      }),
      loader: new Loader(name, resolved, clock),
      backOffs: new BackOffs(resolved.errorBackoffMs, clock),
      isolation: isolationFor(resolved.l1.isolate),
      flights: this.#flights,
      stats: this.#stats,
      latencies: this.#latencies,
    }
    this.#reader = new Reader(this.#parts)
    this.#writer = new Writer({
      ...this.#parts,
      fences: this.#fences,
      drop: (id) => this.drop([id], Number.POSITIVE_INFINITY),
    })
  }

  get stats(): RegionReport {
    const { l1, l2, load } = this.#latencies
    return {
      ...this.#stats,
      entries: this.#l1.size,
      cost: this.#l1.cost,
      removals: this.#l1.removals,
      hitRates: hitRates(this.#stats),
      latencies: { l1: l1.summary, l2: l2.summary, load: load.summary },
    }
  }

  get(id: string, options?: ReadOptions): Promise<V> {
    if (options === undefined) {
      const now = this.#node.clock()
      const entry = this.#l1.get(id, now)
      if (entry !== undefined && !needsLook(entry, now, this.#options)) {
        this.#stats.l1Hits += 1
        if (this.#stats.l1Hits % SAMPLED === 0) {
          this.#latencies.l1.record(this.#node.clock() - now)
        }
        if (entry === this.#given) {
          this.#giving ??= Promise.resolve(entry.value)
          return this.#giving
        }
        this.#given = entry
        this.#giving = undefined
        return Promise.resolve(entry.value)
      }
      return this.#read(id, undefined, undefined, entry === undefined)
    }
    return this.#read(id, undefined, options)
  }

  /** @param load asks the source, in place of the loader of the region. */
  read(id: string, load: Load<V>): Promise<V> {
    return this.#read(id, load, undefined)
  }

  peek(id: string): V | undefined {
    const entry = this.#l1.peek(id)
    return entry && this.#l1.judgedAt < entry.staleAt ? entry.value : undefined
  }

  async getMany(ids: readonly string[], options?: ReadOptions): Promise<Map<string, NonNullable<V>>> {
    checkIds(ids)
    const unique = [...new Set(ids)]
    const values = new Map<string, NonNullable<V>>()
    const failures = new Map<string, unknown>()
    const results = await this.#reader.readMany(unique, this.#plan(options))
    for (const [index, id] of unique.entries()) {
      const result = results[index]
      if (result?.status === 'rejected') {
        failures.set(id, result.reason)
      } else if (result && result.value !== undefined && result.value !== null) {
        values.set(id, result.value)
      }
    }
    if (failures.size > 0) {
      throw new ReadManyError(this.name, values, failures)
    }
    return values
  }

  async warm(ids: readonly string[], options: WarmOptions = {}): Promise<WarmReport> {
    checkIds(ids)
    const together = this.#options.loadMany !== undefined
    return warm(ids, options, together, (some) => this.#reader.readMany(some, this.#anyRead))
  }

  async inspect(id: string): Promise<Inspection<V>> {
    checkKey('id', id)
    return inspect(id, this.#parts)
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

  async bump(id: string, version: number | bigint, options?: PublishOptions): Promise<Receipt> {
    checkKey('id', id)
    checkVersion('version', version)
    const versions = new Map([[id, version]])
    return orDrop(this.#node.bus.bump({ region: this.name, versions }, options), () => this.dropBumped(versions))
  }

  async set(id: string, value: V, options: WriteOptions = {}): Promise<Receipt> {
    const { bus, errands } = this.#node
    checkKey('id', id)
    if (!this.#options.save) {
      throw new InvalidArgumentError('save', 'given as an option of a region that is written to', undefined)
    }
    const plan = planWrite(options, (publish) => bus.check(publish))
    const written = this.#writer.set(id, value, plan)
    // Waited for by close().
    errands.run(written.catch(() => undefined))
    return written
  }

  clear(options?: PublishOptions): Promise<Receipt> {
    return orDrop(this.#node.bus.clear([this.name], options), () => this.dropAll(undefined))
  }

  drop(keys: readonly string[], position: number): void {
    for (const key of keys) {
      this.#outdated(key, position, this.#l1.invalidate(key, position))
    }
  }

  outdate(versions: ReadonlyMap<string, bigint>, position: number): void {
    const { version } = this.#options
    for (const [key, lowest] of versions) {
      const dropped = version ? this.#l1.bump(key, lowest, position) : this.#l1.invalidate(key, position)
      this.#outdated(key, position, dropped)
    }
  }

  dropBumped(versions: ReadonlyMap<string, number | bigint>): void {
    for (const [key, version] of versions) {
      this.drop([key], Number.POSITIVE_INFINITY)
      if (this.#options.version) {
        this.#l1.raise(key, version)
      }
    }
  }

  renew(id: string): void {
    if (this.#renewals.isDue(id)) {
      this.#node.errands.run(this.#renewals.renew(() => this.#renew(id)))
    }
  }

  prune(): void {
    this.#l1.prune()
    this.#renewals.turn()
  }

  dropTagged(tags: ReadonlySet<string>): void {
    this.#l1.dropTagged(tags)
  }

  dropAll(position: number | undefined): void {
    if (position !== undefined) {
      this.#marker.mark(position)
    }
    this.#l1.clear()
    this.#given = undefined
    this.#giving = undefined
    this.#flights.doomAll()
    this.#fences.breakAll()
  }

  flush(position: number): void {
    this.#marker.reset(position)
    this.dropAll(undefined)
    this.#l1.floors.rebase()
  }

  #outdated(key: string, position: number, dropped: boolean): void {
    const { wakes } = this.#node
    if (dropped) {
      this.#stats.dropped += 1
      this.#renewals.note(key)
    }
    this.#flights.doom(key, position)
    this.#fences.hear(key, position)
    if (wakes.size > 0) {
      // The lease is gone: those who wait for it need not wait for its holder.
      wakes.wake(this.#parts.l2.keyOf(key))
    }
  }

  async #renew(id: string): Promise<void> {
    if (!this.#l1.peek(id)) {
      this.#stats.renewals += 1
      await this.#reader.read(id, this.#anyRead, true)
    }
  }

  /** @param looked L1 was asked just now, and has nothing. */
  #read(id: string, load: Load<V> | undefined, options: ReadOptions | undefined, looked = false): Promise<V> {
    try {
      checkKey('id', id)
      return this.#reader.read(id, this.#plan(options, load), looked)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #plan(options: ReadOptions | undefined, load?: Load<V>): ReadPlan<V> {
    const any = options === undefined && load === undefined
    return any ? this.#anyRead : planRead(options, this.#node.maxStalenessMs, load)
  }
}

function checkIds(ids: unknown): asserts ids is readonly string[] {
  if (!Array.isArray(ids)) {
    throw new InvalidArgumentError('ids', 'an array of strings', ids)
  }
  for (const id of ids) {
    checkKey('each id', id)
  }
}
