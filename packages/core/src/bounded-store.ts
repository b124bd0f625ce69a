import { AdaptivePolicy } from './adaptive-policy.ts'
import type { EvictionPolicy } from './eviction-policy.ts'
import type { HeldEntry } from './held-entry.ts'
import type { Bounds, PolicyName } from './l1-options.ts'
import { LruPolicy } from './lru-policy.ts'
import { LruStore } from './lru-store.ts'
import type { RemovalCause, Removals } from './removals.ts'
import { Sweep } from './sweep.ts'

/**
 * The entries of a cache within their bounds: what is held, what it costs together, and who goes. Store, policy and totals
 * change together, and every removal is noted; telling of it is left to the caller.
 */
export class BoundedStore<V> {
  readonly #policyName: PolicyName
  readonly #removals: Removals<V>
  #store = new LruStore<HeldEntry<V>>()
  #policy: EvictionPolicy<HeldEntry<V>>
  #sweep: Sweep<HeldEntry<V>>
  #cost = 0
  #maxEntries: number
  #maxCost: number

  constructor(policy: PolicyName, bounds: Required<Bounds>, removals: Removals<V>) {
    this.#policyName = policy
    this.#removals = removals
    this.#maxEntries = bounds.maxEntries
    this.#maxCost = bounds.maxCost
    this.#policy = this.#newPolicy()
    this.#sweep = new Sweep(this.#policy.queues)
  }

  get size(): number {
    return this.#store.size
  }

  /** Of all entries together. */
  get cost(): number {
    return this.#cost
  }

  /** Infinity for no bound. */
  get maxCost(): number {
    return this.#maxCost
  }

  /** Does not mark the entry as used. */
  get(key: string): HeldEntry<V> | undefined {
    return this.#store.get(key)
  }

  use(entry: HeldEntry<V>): void {
    this.#policy.use(entry)
  }

  /**
   * Holds an entry that costs at most `maxCost`, in place of `old`, which is what is held under its key, and
   * makes room for it: as a rule among the others, but what has grown may be what has to go.
   */
  put(entry: HeldEntry<V>, old: HeldEntry<V> | undefined): void {
    if (old === undefined) {
      this.#makeRoom(1, entry.cost)
      this.#policy.add(entry)
    } else {
      this.#policy.replace(old, entry)
      this.#cost -= old.cost
      this.#removals.note(old.key, old, 'replaced')
    }
    this.#store.set(entry.key, entry)
    this.#cost += entry.cost
    this.#makeRoom(0, 0)
  }

  drop(entry: HeldEntry<V>, cause: RemovalCause): void {
    this.#policy.remove(entry)
    this.#forget(entry, cause)
  }

  /** Drops everything, and what was learnt of which keys are worth keeping. */
  clear(): void {
    const gone = this.#store
    this.#store = new LruStore()
    this.#policy = this.#newPolicy()
    this.#sweep = new Sweep(this.#policy.queues)
    this.#cost = 0
    this.#removals.noteCleared(gone.size, gone.entries())
  }

  resize(bounds: Bounds): void {
    this.#maxEntries = bounds.maxEntries ?? this.#maxEntries
    this.#maxCost = bounds.maxCost ?? this.#maxCost
    this.#makeRoom(0, 0)
  }

  /** The next entry of a walk through all, or undefined at the end of a round. */
  step(): HeldEntry<V> | undefined {
    return this.#sweep.next()
  }

  /** Live: what goes meanwhile is left out. */
  entries(): IterableIterator<[string, HeldEntry<V>]> {
    return this.#store.entries()
  }

  #newPolicy(): EvictionPolicy<HeldEntry<V>> {
    return this.#policyName === 'lru' ? new LruPolicy() : new AdaptivePolicy()
  }

  #makeRoom(entries: number, cost: number): void {
    while (this.#store.size + entries > this.#maxEntries || this.#cost + cost > this.#maxCost) {
      const victim = this.#policy.evict()
      if (victim === undefined) {
        return
      }
      this.#forget(victim, 'evicted')
    }
  }

  /** Lets go of what the policy holds no more. */
  #forget(entry: HeldEntry<V>, cause: RemovalCause): void {
    this.#store.delete(entry.key)
    this.#cost -= entry.cost
    this.#removals.note(entry.key, entry, cause)
  }
}
