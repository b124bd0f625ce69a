import type { Entry } from './entry.ts'
import type { Misgivings } from './misgivings.ts'
import type { VersionFloors } from './version-floors.ts'

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

/** Counts the removals of a cache by cause, tells its listener of each, and remembers the versions of what went. */
export class Removals<V> {
  /** Whether entries have versions, so that those are to be remembered when everything goes. */
  versioned = false
  readonly #counts: Record<RemovalCause, number> = { expired: 0, evicted: 0, invalidated: 0, replaced: 0, cleared: 0 }
  readonly #listener: RemovalListener<V> | undefined
  readonly #misgivings: Misgivings
  readonly #floors: VersionFloors
  readonly #untold: Removal<V>[] = []
  #telling = false

  constructor(listener: RemovalListener<V> | undefined, misgivings: Misgivings, floors: VersionFloors) {
    this.#listener = listener
    this.#misgivings = misgivings
    this.#floors = floors
  }

  get counts(): Readonly<Record<RemovalCause, number>> {
    return { ...this.#counts }
  }

  note(key: string, entry: Entry<V>, cause: RemovalCause): void {
    this.#counts[cause] += 1
    if (entry.version !== undefined && cause !== 'replaced') {
      this.#floors.raise(key, entry.version)
    }
    if (this.#listener) {
      this.#untold.push({ key, entry, cause })
    }
  }

  /** Of all entries at once, which nobody has to walk through if nobody listens and they have no versions. */
  noteCleared(count: number, entries: Iterable<[string, Entry<V>]>): void {
    if (!this.#listener && !this.versioned) {
      this.#counts.cleared += count
      return
    }
    for (const [key, entry] of entries) {
      this.note(key, entry, 'cleared')
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
