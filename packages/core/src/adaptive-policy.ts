import type { EvictionPolicy, Ranked } from './eviction-policy.ts'
import { Ghosts } from './ghosts.ts'
import { hashOf } from './key-hash.ts'
import { Queue } from './queue.ts'

/** Uses beyond these are not counted: a hot entry costs a comparison, not a write. */
const HOTTEST = 3
/** The share of all entries that the probation has at least. */
const LEAST_SHARE = 0.03
/** And to begin with. */
const FIRST_SHARE = 0.1
const LARGEST_SHARE = 0.99
/** With a probation as small as this, it takes two uses to leave it for good. */
const SHORT_PROBATION = 0.2
/** With a probation larger than this, recency counts for more than frequency: the main queue gives one further round. */
const LONG_PROBATION = 0.5
/** No eviction passes by more entries than this: where all are hot it takes one of them, and the caller need not wait. */
const MOST_PASSED = 1_000
/** How many entries the youngest ghost moves the border between the queues by, and the oldest. */
const LARGEST_STEP = 2
const LEAST_STEP = 0.4

/**
 * S3-FIFO with a probation that adapts. A new key comes on probation; if it is used before it reaches the tail of that
 * queue it moves to the main queue, and else it goes: so scans and keys that are read once pass by what is hot. In the main
 * queue an entry that reaches the tail goes round again, as a rule once for each use that was counted. A use is a
 * counter, and moves nothing.
 *
 * Keys that went are remembered for a while, as ghosts. One that comes back goes to the main queue, and tells what was too
 * small: the probation, or the main queue. Where recency is all that counts the probation grows until it is nearly all.
 */
export class AdaptivePolicy<N extends Ranked<N>> implements EvictionPolicy<N> {
  readonly #probation = new Queue<N>()
  readonly #main = new Queue<N>()
  readonly #probationGhosts = new Ghosts()
  readonly #mainGhosts = new Ghosts()
  #share = FIRST_SHARE
  readonly queues: readonly Queue<N>[] = [this.#probation, this.#main]

  get #held(): number {
    return this.#probation.size + this.#main.size
  }

  use(entry: N): void {
    if (entry.heat < HOTTEST) {
      entry.heat += 1
    }
  }

  add(entry: N): void {
    const held = this.#held + 1
    const hash = hashOf(entry.key)
    const offProbation = this.#probationGhosts.take(hash)
    const offMain = this.#mainGhosts.take(hash)
    if (offProbation !== undefined && offProbation <= held) {
      this.#share = Math.min(LARGEST_SHARE, this.#share + step(offProbation, held) / held)
      this.#main.push(entry)
    } else if (offMain !== undefined && offMain <= held) {
      this.#share = Math.max(LEAST_SHARE, this.#share - step(offMain, held) / held)
      entry.heat = 1
      this.#main.push(entry)
    } else {
      this.#probation.push(entry)
    }
  }

  replace(old: N, entry: N): void {
    entry.heat = old.heat
    old.queue?.replace(old, entry)
    this.use(entry)
  }

  remove(entry: N): void {
    const room = this.#held
    const proven = entry.queue === this.#main || entry.heat > 0
    entry.queue?.remove(entry)
    // It did not go for want of use, and is to come back as one that was known.
    const ghosts = proven ? this.#mainGhosts : this.#probationGhosts
    ghosts.remember(hashOf(entry.key), room)
  }

  evict(): N | undefined {
    const held = this.#held
    for (let passed = 0; ; passed += 1) {
      const { tail } = this.#isProbationFull(held) ? this.#probation : this.#main
      if (tail === undefined || passed === MOST_PASSED || !this.#goesOn(tail)) {
        return tail && this.#letGo(tail, held)
      }
    }
  }

  #isProbationFull(held: number): boolean {
    const { size } = this.#probation
    return this.#main.size === 0 || (size > 0 && size >= this.#share * held)
  }

  /** Whether what has reached the tail stays, at the head of the main queue. */
  #goesOn(entry: N): boolean {
    const onProbation = entry.queue === this.#probation
    if (entry.heat <= (onProbation && this.#share <= SHORT_PROBATION ? 1 : 0)) {
      return false
    }
    entry.heat = onProbation || this.#share > LONG_PROBATION ? 0 : entry.heat - 1
    entry.queue?.remove(entry)
    this.#main.push(entry)
    return true
  }

  #letGo(entry: N, room: number): N {
    const ghosts = entry.queue === this.#main ? this.#mainGhosts : this.#probationGhosts
    entry.queue?.remove(entry)
    ghosts.remember(hashOf(entry.key), room)
    return entry
  }
}

/** A ghost that only just went counts most: a little more room would have kept it. */
function step(age: number, held: number): number {
  return Math.max(LEAST_STEP, LARGEST_STEP * (1 - age / held))
}
