import { Ghosts } from './ghosts.ts'
import { Queue, type Queued } from './queue.ts'
import type { Tuning } from './tuning.ts'

/** What the segments note on an entry. */
export interface Noted<N extends Noted<N>> extends Queued<N> {
  /** Of its key. */
  hash: number
  /** How often it was used since it was placed, up to 3. */
  heat: number
  /** When it was last used: a count that the owner of the segments keeps. */
  turn: number
}

/** Uses beyond these are not counted. */
const HOTTEST = 3
/** No eviction passes by more entries than this: where all are hot it takes one of them, and the caller need not wait. */
const MOST_PASSED = 1_000

/**
 * Entries in two queues, of which one has to go when room is needed: S3-FIFO. A new key comes on probation; if it is used
 * before it reaches the tail of that queue it moves to the main queue, and else it goes, and is remembered for a while as
 * a ghost: if it comes back it goes to the main queue at once. There, what reaches the tail goes round again, once for each use.
 *
 * Without a share for the probation it is LRU: a use moves an entry to the head of its queue, and of the two that have
 * reached a tail the one goes that was used longer ago.
 */
export class Segments<N extends Noted<N>> {
  /** May be changed at any time. */
  tuning: Tuning
  readonly #probation = new Queue<N>()
  readonly #main = new Queue<N>()
  readonly #ghosts = new Ghosts()
  readonly queues: readonly Queue<N>[] = [this.#probation, this.#main]
  #added = 0

  constructor(tuning: Tuning) {
    this.tuning = tuning
  }

  get #isLru(): boolean {
    return this.tuning.probation === 0
  }

  get size(): number {
    return this.#probation.size + this.#main.size
  }

  add(entry: N): void {
    const queue = this.#isProven(entry.hash) ? this.#main : this.#probation
    queue.push(entry)
  }

  use(entry: N): void {
    if (entry.heat < HOTTEST) {
      entry.heat += 1
    }
    if (this.#isLru && entry.newer !== undefined) {
      move(entry, entry.queue)
    }
  }

  /** Takes out an entry that did not go for want of use, and is to come back as one that was known. */
  remove(entry: N): void {
    this.#ghosts.remember(entry.hash, this.size)
    entry.queue?.remove(entry)
  }

  /** Chooses an entry and takes it out, or returns undefined if there is none. */
  evict(): N | undefined {
    const held = this.size
    const victim = this.#isLru ? this.#leastRecent() : this.#leastUsed(held)
    if (victim !== undefined) {
      if (this.#isLru ? victim.heat === 0 : victim.queue === this.#probation) {
        this.#ghosts.remember(victim.hash, held)
      }
      victim.queue?.remove(victim)
    }
    return victim
  }

  /** Whether a key that comes goes to the main queue at once. */
  #isProven(hash: number): boolean {
    const { oneIn } = this.tuning
    if (this.#isLru) {
      return false
    }
    if (oneIn !== undefined) {
      this.#added = (this.#added + 1) % oneIn
      return this.#added === 0
    }
    const age = this.#ghosts.take(hash)
    return age !== undefined && age <= this.size + 1
  }

  #leastRecent(): N | undefined {
    const [one, other] = [this.#probation.tail, this.#main.tail]
    return one !== undefined && (other === undefined || one.turn <= other.turn) ? one : other
  }

  #leastUsed(held: number): N | undefined {
    for (let passed = 0; ; passed += 1) {
      const { tail } = this.#isProbationFull(held) ? this.#probation : this.#main
      if (tail === undefined || tail.heat === 0 || passed === MOST_PASSED) {
        return tail
      }
      tail.heat = tail.queue === this.#probation ? 0 : tail.heat - 1
      move(tail, this.#main)
    }
  }

  #isProbationFull(held: number): boolean {
    const { size } = this.#probation
    return this.#main.size === 0 || (size > 0 && size >= this.tuning.probation * held)
  }
}

/** To the head of a queue. */
function move<N extends Noted<N>>(entry: N, queue: Queue<N> | undefined): void {
  entry.queue?.remove(entry)
  queue?.push(entry)
}
