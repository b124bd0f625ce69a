import { Sample } from './sample.ts'
import { Shadow } from './shadow.ts'
import { RECENCY, TUNINGS, type Tuning } from './tuning.ts'

/** The lead, as a share of the keys that a shadow has room for, by which LRU takes over. */
const LEAD_OF_RECENCY = 0.25
/** And any other. */
const LEAD = 0.5
/** No lead smaller than this counts, in hits. */
const LEAST_LEAD = 8
/** What it costs to go back to LRU, as a share of the same. */
const FARE = 0.5
/** What LRU is owed at most, as a multiple of the same. */
const LARGEST_DEBT = 64
/** LRU is left only for a lead that is larger by so many times what it is owed. */
const CAUTION = 2

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
  readonly #rivals: readonly Rival[] = TUNINGS.map((tuning) => ({ tuning, shadow: new Shadow(tuning), lead: 0 }))
  #tuning: Tuning = TUNINGS[0] ?? RECENCY
  #debt = 0

  /** The one to follow. */
  get tuning(): Tuning {
    return this.#tuning
  }

  /** Whether `ask` and `forget` are to be told of the key. */
  has(hash: number): boolean {
    return this.#sample.has(hash)
  }

  /** To be called with the number of entries that are held, now that they are as many as there may be. */
  fit(held: number): void {
    if (this.#sample.fit(held)) {
      for (const { shadow } of this.#rivals) {
        shadow.thin((hash) => this.#sample.has(hash))
      }
    }
  }

  /** The key of the sample was asked for, of as many entries as are `held`. */
  ask(hash: number, held: number): void {
    const room = this.#sample.of(held)
    let recent = 0
    let followed = 0
    for (const rival of this.#rivals) {
      const hit = rival.shadow.ask(hash, room) ? 1 : 0
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
    if (tuning === RECENCY) {
      return Math.max(LEAST_LEAD, LEAD_OF_RECENCY * room)
    }
    return Math.max(LEAST_LEAD, LEAD * room) + (this.#tuning === RECENCY ? CAUTION * this.#debt : 0)
  }

  #follow(tuning: Tuning, room: number): void {
    this.#debt += tuning === RECENCY ? FARE * room : 0
    this.#tuning = tuning
    for (const rival of this.#rivals) {
      rival.lead = 0
    }
  }
}
