import { type Clock, InvalidArgumentError } from '@rescind/options'
import { BoundedStore } from './bounded-store.ts'
import { Costing } from './costing.ts'
import type { Entry } from './entry.ts'
import { HeldEntry } from './held-entry.ts'
import {
  type Bounds,
  checkBounds,
  type L1CacheOptions,
  type ResolvedL1Options,
  resolveL1Options,
} from './l1-options.ts'
import { Misgivings } from './misgivings.ts'
import type { NewEntry } from './new-entry.ts'
import type { NodeView } from './node-view.ts'
import { type RemovalCause, Removals } from './removals.ts'
import { type Refusal, refusal } from './trust-rule.ts'
import { isBelow, type Version, type Versioned, type VersionFloors } from './version-floors.ts'

/**
 * The values that one process holds for one region, bounded in number and in cost. No I/O and no timers; every read
 * applies the trust rule.
 */
export class L1Cache<V> {
  /** The versions below which nothing is held. Raised by `bump` and `raise`, and to the version of what is let go. */
  readonly floors: VersionFloors
  readonly #options: ResolvedL1Options<V>
  readonly #node: NodeView
  readonly #clock: Clock
  readonly #costing: Costing<V>
  readonly #removals: Removals<V>
  readonly #misgivings = new Misgivings()
  readonly #held: BoundedStore<V>
  /** Whether a reader gets a copy. */
  readonly #copies: boolean
  #judgedAt = 0

  /** @throws {InvalidArgumentError} */
  constructor(options: L1CacheOptions<V>) {
    const resolved = resolveL1Options(options)
    this.#options = resolved
    this.#node = resolved.node
    this.#clock = resolved.clock
    this.#copies = resolved.copies
    this.floors = resolved.floors
    this.#costing = new Costing(resolved.cost, options.maxCost !== undefined, this.#misgivings)
    this.#removals = new Removals(resolved.onRemoval, this.#misgivings, resolved.floors)
    this.#held = new BoundedStore(resolved.policy, resolved, this.#removals)
  }

  /** How many entries are held, those included that a read would refuse. */
  get size(): number {
    return this.#held.size
  }

  /** What the entries held cost together. */
  get cost(): number {
    return this.#held.cost
  }

  /** When `get` or `peek` last judged an entry, for who needs the time too: a clock read costs as much as the rest of a hit. */
  get judgedAt(): number {
    return this.#judgedAt
  }

  /** How many entries went so far, by cause. */
  get removals(): Readonly<Record<RemovalCause, number>> {
    return this.#removals.counts
  }

  /**
   * The entry, if it may be served now; marks it as used. It may be stale: see its `staleAt`. Lets go of it if it can
   * never be served again; one that is only untrusted stays, for the node may prove itself again.
   *
   * @param now what a caller has just read from the clock. Default: read once the entry is found, for a clock read waits until
   * the CPU has fetched all that was asked of memory before.
   * @param maxStalenessMs the bound to judge by, if the reader asks for a stricter one than the node's.
   */
  get(key: string, now?: number, maxStalenessMs: number = this.#node.maxStalenessMs): Entry<V> | undefined {
    const entry = this.#held.get(key)
    if (entry === undefined || !this.#serves(entry, now, maxStalenessMs)) {
      return undefined
    }
    this.#held.use(entry)
    return this.#copies ? this.#copyOf(entry) : entry
  }

  /** As `get`, but does not mark the entry as used. */
  peek(key: string, now?: number, maxStalenessMs: number = this.#node.maxStalenessMs): Entry<V> | undefined {
    const entry = this.#held.get(key)
    if (entry === undefined || !this.#serves(entry, now, maxStalenessMs)) {
      return undefined
    }
    return this.#copies ? this.#copyOf(entry) : entry
  }

  /** The entry held under the key, and why a read would refuse it now, if it would. Changes nothing. */
  inspect(
    key: string,
    now: number = this.#clock(),
  ): { readonly entry: Entry<V>; readonly refused: Refusal | undefined } | undefined {
    const entry = this.#held.get(key)
    if (entry === undefined) {
      return undefined
    }
    return { entry: this.#copies ? this.#copyOf(entry) : entry, refused: refusal(entry, this.#node, now) }
  }

  /**
   * Holds an entry in place of what was held under the key.
   *
   * @returns whether it is held. It is not if it is outdated, which leaves things as they were, if it costs more than
   * `maxCost` by itself, or if its value cannot be isolated.
   */
  set(key: string, entry: NewEntry<V>): boolean {
    if (this.isOutdated(key, entry)) {
      return false
    }
    // The caller's cost function runs here, and may itself change what is held.
    const next = this.#admit(key, entry)
    const old = this.#held.get(key)
    if (old?.version !== undefined && next?.version === undefined) {
      this.floors.raise(key, old.version)
    }
    if (next !== undefined) {
      this.#held.put(next, old)
    } else if (old !== undefined) {
      this.#held.drop(old, 'replaced')
    }
    this.#removals.tell()
    return next?.queue !== undefined
  }

  /** Drops the key. Returns whether something was dropped. */
  delete(key: string): boolean {
    return this.invalidate(key, Number.POSITIVE_INFINITY)
  }

  /** Drops the key if its entry had not seen the message at `position`. Returns whether something was dropped. */
  invalidate(key: string, position: number): boolean {
    const entry = this.#held.get(key)
    if (entry === undefined || entry.asOf >= position) {
      return false
    }
    this.#held.drop(entry, 'invalidated')
    this.#removals.tell()
    return true
  }

  /**
   * Raises the version floor of the key, and drops what it outdates. Returns whether something was dropped.
   *
   * @param position of the message that says so, against which an entry without a version is judged.
   */
  bump(key: string, version: Version, position: number): boolean {
    this.floors.bump(key, version, position)
    return this.#dropOutdated(key)
  }

  /** A value of this version exists: drops a lower one. Returns whether something was dropped. */
  raise(key: string, version: Version): boolean {
    this.floors.raise(key, version)
    return this.#dropOutdated(key)
  }

  /** The highest version that is known of the key, held, let go or heard of: no lower one is current. */
  floorOf(key: string): Version | undefined {
    const held = this.#held.get(key)?.version
    const floor = this.floors.floorOf(key)
    return held === undefined || isBelow(held, floor) ? floor : held
  }

  /** Whether a value is older than what is known of its key. */
  isOutdated(key: string, entry: Versioned): boolean {
    const below = entry.version !== undefined && isBelow(entry.version, this.#held.get(key)?.version)
    return below || this.floors.refusal(key, entry) !== undefined
  }

  /** Drops every entry that carries one of the tags, by looking at all: for an invalidation that has no position. */
  dropTagged(tags: ReadonlySet<string>): void {
    for (const [, entry] of this.#held.entries()) {
      if (entry.tags.some((tag) => tags.has(tag))) {
        this.#held.drop(entry, 'invalidated')
      }
    }
    this.#removals.tell()
  }

  /** Drops everything, and what was learnt of which keys are worth keeping. */
  clear(): void {
    this.#held.clear()
    this.#removals.tell()
  }

  /**
   * Looks at some entries for expired ones, and drops them; the next call goes on where this one stopped. To be
   * called now and then, or what nobody reads lingers until it is evicted.
   *
   * @param limit of how many entries at most. Default 1,000.
   * @returns how many were dropped.
   */
  prune(limit: number = 1_000): number {
    const now = this.#clock()
    let dropped = 0
    for (let looked = 0; looked < limit; looked += 1) {
      const entry = this.#held.step()
      if (entry === undefined) {
        break
      }
      if (now >= entry.expiresAt) {
        this.#held.drop(entry, 'expired')
        dropped += 1
      }
    }
    this.#removals.tell()
    return dropped
  }

  /** Each key and its entry that may be served now, without marking it as used. What goes meanwhile is left out. */
  *entries(): Generator<[string, Entry<V>], undefined> {
    for (const [key, entry] of this.#held.entries()) {
      const { maxStalenessMs } = this.#node
      if (refusal(entry, this.#node, this.#clock(), maxStalenessMs) === undefined) {
        yield [key, this.#copies ? this.#copyOf(entry) : entry]
      }
    }
  }

  /**
   * Sets new bounds; one that is left out stays as it is. Evicts at once what is too much. A `maxCost` can be changed only
   * if there was one from the beginning, or costs would not have been counted in the same way.
   *
   * @throws {InvalidArgumentError}
   */
  resize(bounds: Bounds): void {
    checkBounds(bounds)
    if (bounds.maxCost !== undefined && this.#held.maxCost === Number.POSITIVE_INFINITY) {
      throw new InvalidArgumentError('maxCost', 'set from the beginning if it is to be changed', bounds.maxCost)
    }
    this.#held.resize(bounds)
    this.#removals.tell()
  }

  #dropOutdated(key: string): boolean {
    const entry = this.#held.get(key)
    if (entry === undefined || this.floors.refusal(key, entry) === undefined) {
      return false
    }
    this.#held.drop(entry, 'invalidated')
    this.#removals.tell()
    return true
  }

  #serves(entry: HeldEntry<V>, now: number | undefined, maxStalenessMs: number): boolean {
    this.#judgedAt = now ?? this.#clock()
    const refused = refusal(entry, this.#node, this.#judgedAt, maxStalenessMs)
    if (refused === undefined) {
      return true
    }
    if (refused !== 'untrusted') {
      this.#held.drop(entry, refused === 'expired' ? 'expired' : 'invalidated')
      this.#removals.tell()
    }
    return false
  }

  /** What is to be held for the entry, or undefined if it cannot be. */
  #admit(key: string, entry: NewEntry<V>): HeldEntry<V> | undefined {
    this.#removals.versioned ||= entry.version !== undefined
    try {
      const value = this.#options.isolation.keep(entry.value)
      const cost = this.#costing.of(value, key, entry.cost)
      return cost > this.#held.maxCost ? undefined : new HeldEntry(key, value, entry, cost)
    } catch (error) {
      this.#misgivings.warn('isolate', 'could not be applied to a value, which is not cached', error)
      return undefined
    }
  }

  #copyOf(entry: HeldEntry<V>): Entry<V> {
    return new HeldEntry(entry.key, this.#options.isolation.give(entry.value), entry, entry.cost)
  }
}
