import { Duel } from './duel.ts'
import type { EvictionPolicy, Ranked } from './eviction-policy.ts'
import { hashOf } from './key-hash.ts'
import type { Queue } from './queue.ts'
import { Segments } from './segments.ts'
import { RECENCY } from './tuning.ts'

/** A turn is as many new entries as this is a share of all. */
const TURNS = 32
/** With fewer entries than this each use is a turn of its own, unless it is of the same entry. */
const FEW = 64
/** Turns are counted from 0 again after so many, a power of 2: they stay small whole numbers. */
const MOST_TURNS = 2 ** 30

/**
 * S3-FIFO, LRU, and what is between and beside them: a duel on a sample of the keys finds which does best, and the entries that
 * are held are kept by that from then on. Where LRU is as good as it gets, this is LRU.
 *
 * Uses of an entry within one turn count as one. That makes a hit on what is hot a comparison, and what is used several times
 * at once is not taken for something that is used again and again.
 */
export class AdaptivePolicy<N extends Ranked<N>> implements EvictionPolicy<N> {
  readonly #segments = new Segments<N>(RECENCY)
  readonly #duel = new Duel()
  readonly queues: readonly Queue<N>[] = this.#segments.queues
  /** How many entries are in the sample of the duel. */
  #sampled = 0
  #turn = 0
  /** New entries until the next one. */
  #left = 0

  use(entry: N): void {
    if (entry.turn !== this.#turn) {
      this.#note(entry)
    }
  }

  add(entry: N): void {
    this.#left -= 1
    if (this.#left <= 0) {
      this.#left = Math.floor(this.#segments.size / TURNS)
      this.#nextTurn()
    }
    entry.hash = hashOf(entry.key)
    entry.turn = this.#turn
    this.#segments.add(entry)
    if (this.#duel.fit(this.#segments.size)) {
      this.#sampled = this.#countSampled()
    } else if (this.#duel.has(entry.hash)) {
      this.#sampled += 1
    }
    this.#try(entry.hash)
  }

  replace(old: N, entry: N): void {
    entry.hash = old.hash
    entry.heat = old.heat
    entry.turn = old.turn
    old.queue?.replace(old, entry)
    this.use(entry)
  }

  remove(entry: N): void {
    this.#segments.remove(entry)
    if (this.#duel.has(entry.hash)) {
      this.#sampled -= 1
      this.#duel.forget(entry.hash)
    }
  }

  evict(): N | undefined {
    this.#duel.begin(this.#segments.size, this.#sampled)
    this.#segments.tuning = this.#duel.tuning
    const victim = this.#segments.evict()
    if (victim !== undefined && this.#duel.has(victim.hash)) {
      this.#sampled -= 1
    }
    return victim
  }

  #note(entry: N): void {
    if (this.#segments.size < FEW) {
      this.#nextTurn()
    }
    entry.turn = this.#turn
    this.#segments.use(entry)
    this.#try(entry.hash)
  }

  #nextTurn(): void {
    this.#turn = (this.#turn + 1) % MOST_TURNS
  }

  #try(hash: number): void {
    if (this.#duel.has(hash)) {
      this.#duel.ask(hash, Math.max(1, this.#sampled))
      this.#segments.tuning = this.#duel.tuning
    }
  }

  #countSampled(): number {
    let count = 0
    for (const { tail } of this.queues) {
      for (let entry = tail; entry !== undefined; entry = entry.newer) {
        count += this.#duel.has(entry.hash) ? 1 : 0
      }
    }
    return count
  }
}
