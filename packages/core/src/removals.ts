import type { Entry } from './entry.ts'
import type { Misgivings } from './misgivings.ts'

/**
 * Why an entry is held no more. `expired`: found past its time by a read or by `prune`. `evicted`: room was needed.
 * `invalidated`: deleted, or found dead by its tags or version. `replaced`: set anew. `cleared`: with all others.
 */
export type RemovalCause = 'expired' | 'evicted' | 'invalidated' | 'replaced' | 'cleared'

export interface Removal<V> {
  readonly key: string
  readonly entry: Entry<V>
  readonly cause: RemovalCause
}

/** Called after the removal, when the cache is in order again, and in the same turn. */
export type RemovalListener<V> = (removal: Removal<V>) => void

/** Counts the removals of a cache by cause, and tells its listener of each. */
export class Removals<V> {
  readonly #counts: Record<RemovalCause, number> = { expired: 0, evicted: 0, invalidated: 0, replaced: 0, cleared: 0 }
  readonly #listener: RemovalListener<V> | undefined
  readonly #misgivings: Misgivings
  readonly #untold: Removal<V>[] = []
  #telling = false

  constructor(listener: RemovalListener<V> | undefined, misgivings: Misgivings) {
    this.#listener = listener
    this.#misgivings = misgivings
  }

  get counts(): Readonly<Record<RemovalCause, number>> {
    return { ...this.#counts }
  }

  note(key: string, entry: Entry<V>, cause: RemovalCause): void {
    this.#counts[cause] += 1
    if (this.#listener) {
      this.#untold.push({ key, entry, cause })
    }
  }

  /** Of all entries at once, which nobody has to walk through if nobody listens. */
  noteCleared(count: number, entries: Iterable<[string, Entry<V>]>): void {
    this.#counts.cleared += count
    if (this.#listener) {
      for (const [key, entry] of entries) {
        this.#untold.push({ key, entry, cause: 'cleared' })
      }
    }
  }

  /** Tells the listener what was noted. A listener may use the cache: what it removes is told after. */
  tell(): void {
    if (this.#untold.length === 0 || this.#telling) {
      return
    }
    this.#telling = true
    for (const removal of this.#untold) {
      try {
        this.#listener?.(removal)
      } catch (error) {
        this.#misgivings.warn('onRemoval', 'threw', error)
      }
    }
    this.#untold.length = 0
    this.#telling = false
  }
}
