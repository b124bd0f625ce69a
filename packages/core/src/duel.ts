import { Sample } from './sample.ts'
import { Shadow } from './shadow.ts'
import { PATIENCE, PERSISTENCE, POPULARITY, RECENCY, type Tuning } from './tuning.ts'

/** The lead by which one takes over, as a share of the keys that a shadow has room for. */
const LEAD = 0.5
/** No lead smaller than this counts, in hits. */
const LEAST_LEAD = 8
/** What it costs to go back to LRU, as a share of the same. */
const FARE = 0.75
/** What LRU is owed at most, as a multiple of the same. */
const LARGEST_DEBT = 64
/** LRU is left only for a lead that is larger by so many times what it is owed. */
const CAUTION = 2

/**
 * A cache with more entries than these is LRU when it begins to evict, and a smaller one S3-FIFO, which is the better guess. But
 * a wrong one costs about as many hits as there are entries.
 */
const MOST_GUESSED = 4_000

interface Rival {
  readonly tuning: Tuning
  readonly shadow: Shadow
  /** By how many hits it leads the one that is followed, whose own lead is 0. It never falls below that. */
  lead: number
}

/**
 * Tries tunings on a sample of the keys, and says which is to be followed. Each has a shadow, as large for the sample as the
 * cache is for all keys. A tuning that leads the one that is followed by enough hits takes over.
 *
 * LRU is what must not be fallen behind: what was lost by following others is a debt to it, and the larger that is, the
 * more another has to lead before it is followed again. What is gained pays it back.
 */
export class Duel {
  readonly #sample = new Sample()
  readonly #rivals: readonly Rival[] = [RECENCY, POPULARITY, PERSISTENCE, PATIENCE].map((tuning) => ({
    tuning,
    shadow: new Shadow(tuning),
    lead: 0,
  }))
  #tuning: Tuning = RECENCY
  #isFull = false
  #debt = 0

  /** The one to follow. */
  get tuning(): Tuning {
    return this.#tuning
  }

  /** Whether `ask` and `forget` are to be told of the key. */
  has(hash: number): boolean {
    return this.#sample.has(hash)
  }

  /** To be called as the cache grows, with the number of its entries. Returns whether the sample is another one now. */
  fit(held: number): boolean {
    const changed = this.#sample.fit(held)
    if (changed) {
      for (const { shadow } of this.#rivals) {
        shadow.thin((hash) => this.#sample.has(hash))
      }
    }
    return changed
  }

  /**
   * To be called when an entry has to go, of as many as are `held`, of which `room` are in the sample. Before the first time
   * the shadows hold all that comes.
   */
  begin(held: number, room: number): void {
    if (!this.#isFull) {
      this.#isFull = true
      this.#follow(held > MOST_GUESSED ? RECENCY : POPULARITY, room)
    }
  }

  /**
   * The key of the sample was asked for.
   *
   * @param room how many entries of the sample are held, at least 1: as many are for each shadow to hold.
   */
  ask(hash: number, room: number): void {
    const limit = this.#isFull ? room : Number.POSITIVE_INFINITY
    let recent = 0
    let followed = 0
    for (const rival of this.#rivals) {
      const hit = rival.shadow.ask(hash, limit) ? 1 : 0
      rival.lead += hit
      recent = rival.tuning === RECENCY ? hit : recent
      followed = rival.tuning === this.#tuning ? hit : followed
    }
    if (this.#tuning !== RECENCY) {
      this.#debt = Math.min(LARGEST_DEBT * room, Math.max(0, this.#debt + recent - followed))
    }
    for (const rival of this.#rivals) {
      rival.lead = Math.max(0, rival.lead - followed)
    }
    this.#judge(room)
  }

  /** The entry under the key went for another reason than for want of use. */
  forget(hash: number): void {
    for (const { shadow } of this.#rivals) {
      shadow.forget(hash)
    }
  }

  #judge(room: number): void {
    let best: Rival | undefined
    for (const rival of this.#rivals) {
      if (rival.lead >= this.#leadOf(rival.tuning, room) && (best === undefined || rival.lead > best.lead)) {
        best = rival
      }
    }
    if (best !== undefined) {
      this.#follow(best.tuning, room)
    }
  }

  #leadOf(tuning: Tuning, room: number): number {
    const lead = Math.max(LEAST_LEAD, LEAD * room)
    return tuning !== RECENCY && this.#tuning === RECENCY ? lead + CAUTION * this.#debt : lead
  }

  #follow(tuning: Tuning, room: number): void {
    this.#debt += tuning === RECENCY ? FARE * room : 0
    this.#tuning = tuning
    for (const rival of this.#rivals) {
      rival.lead = 0
    }
  }
}
