import type { Queue } from './queue.ts'
import type { Noted } from './segments.ts'

/** What an eviction policy notes on an entry. */
export interface Ranked<N extends Ranked<N>> extends Noted<N> {
  readonly key: string
}

/**
 * Decides which entry has to go when room is needed. It knows keys and uses, and neither values nor time; it does not
 * hold to a bound itself, and is told of every entry that comes or goes.
 */
export interface EvictionPolicy<N extends Ranked<N>> {
  /** Where the entries are. An entry moves only towards the head of its queue, or to the head of a later queue. */
  readonly queues: readonly Queue<N>[]
  /** An entry came, under a key that was not held. */
  add(entry: N): void
  /** The entry was read: the hot path. */
  use(entry: N): void
  /** `entry` takes the place of `old`, under the same key; counts as a use. */
  replace(old: N, entry: N): void
  /** The entry went for another reason than the policy's: it expired, or was invalidated. */
  remove(entry: N): void
  /** Chooses an entry and lets it go, or returns undefined if there is none. */
  evict(): N | undefined
}
