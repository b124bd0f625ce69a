import type { Queue } from './queue.ts'
import { type Noted, Segments } from './segments.ts'
import type { Tuning } from './tuning.ts'

/** A key in a shadow. */
class ShadowKey implements Noted<ShadowKey> {
  hash: number
  heat = 0
  turn = 0
  queue: Queue<ShadowKey> | undefined = undefined
  newer: ShadowKey | undefined = undefined
  older: ShadowKey | undefined = undefined

  constructor(hash: number) {
    this.hash = hash
  }
}

/** A cache of keys without values, by their hashes: it shows what a tuning would have held. */
export class Shadow {
  readonly #keys = new Map<number, ShadowKey>()
  readonly #segments: Segments<ShadowKey>

  constructor(tuning: Tuning) {
    this.#segments = new Segments(tuning)
  }

  /**
   * Returns whether the key was held. If it was not, it is from now on.
   *
   * @param room of how many keys, at least 1.
   */
  ask(hash: number, room: number): boolean {
    const known = this.#keys.get(hash)
    if (known !== undefined) {
      this.#segments.use(known)
      return true
    }
    while (this.#keys.size >= room) {
      const victim = this.#segments.evict()
      if (victim === undefined) {
        break
      }
      this.#keys.delete(victim.hash)
    }
    const key = new ShadowKey(hash)
    this.#keys.set(hash, key)
    this.#segments.add(key)
    return false
  }

  forget(hash: number): void {
    const key = this.#keys.get(hash)
    if (key !== undefined) {
      this.#keys.delete(hash)
      this.#segments.remove(key)
    }
  }

  /** Goes on with fewer keys: those that `stays` says. */
  thin(stays: (hash: number) => boolean): void {
    for (const [hash, key] of this.#keys) {
      if (!stays(hash)) {
        this.#keys.delete(hash)
        key.queue?.remove(key)
      }
    }
  }
}
