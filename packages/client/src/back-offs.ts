import type { Clock } from '@rescind/options'

/** How many keys are remembered whose loads have failed; of the others the next read tries again at once. */
const MAX_KEYS = 10_000
/** A key is tried again after this at the latest, and one whose back-off ended so long ago has none to double. */
const LONGEST_MS = 60_000

interface BackOff {
  readonly until: number
  readonly delayMs: number
}

/** Which keys are not to be loaded for a while, since their last loads failed and a stale value can be served. */
export class BackOffs {
  readonly #keys = new Map<string, BackOff>()
  readonly #firstMs: number
  readonly #clock: Clock

  /** @param firstMs after the first failure; doubled by each further one, to a minute. */
  constructor(firstMs: number, clock: Clock) {
    this.#firstMs = firstMs
    this.#clock = clock
  }

  /** A load of the key failed. */
  failed(id: string): void {
    const now = this.#clock()
    const last = this.#keys.get(id)
    const again = last !== undefined && now - last.until <= LONGEST_MS
    const delayMs = again ? Math.min(last.delayMs * 2, Math.max(LONGEST_MS, this.#firstMs)) : this.#firstMs
    this.#keys.delete(id)
    this.#keys.set(id, { delayMs, until: now + delayMs })
    if (this.#keys.size > MAX_KEYS) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest)
        break
      }
    }
  }

  succeeded(id: string): void {
    if (this.#keys.size > 0) {
      this.#keys.delete(id)
    }
  }

  holds(id: string): boolean {
    const backOff = this.#keys.get(id)
    return backOff !== undefined && this.#clock() < backOff.until
  }
}
