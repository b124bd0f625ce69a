/** Keys with the same lowest bits share this many places. */
const WAYS = 8
const FEWEST_PLACES = 64

/**
 * The keys that were lately let go, as hashes: a bounded and approximate memory. It takes 10 to 20 bytes for each key
 * that it is to remember, and nothing before it has to remember the first.
 */
export class Ghosts {
  #hashes = new Int32Array(0)
  /** For each hash, the count at which it was remembered. */
  #stamps = new Uint32Array(0)
  #count = 0

  /** @param room of how many keys at least the latest are to be remembered. */
  remember(hash: number, room: number): void {
    if (this.#hashes.length < room * 1.25) {
      this.#grow(room)
    }
    this.#count = (this.#count + 1) >>> 0
    this.#put(hash, this.#count)
  }

  /** How many keys were remembered since this one, itself included; undefined if it is not known. Forgets it. */
  take(hash: number): number | undefined {
    if (this.#hashes.length === 0) {
      return undefined
    }
    const start = this.#bucket(hash)
    for (let place = start; place < start + WAYS; place += 1) {
      if (this.#hashes[place] === hash) {
        this.#hashes[place] = 0
        return this.#age(place)
      }
    }
    return undefined
  }

  #age(place: number): number {
    return (this.#count - (this.#stamps[place] ?? 0) + 1) >>> 0
  }

  #bucket(hash: number): number {
    return (hash & (this.#hashes.length / WAYS - 1)) * WAYS
  }

  /** Takes the place of the same hash, an empty one, or the oldest. */
  #put(hash: number, stamp: number): void {
    const start = this.#bucket(hash)
    let chosen = start
    let oldest = -1
    for (let place = start; place < start + WAYS; place += 1) {
      const there = this.#hashes[place]
      if (there === hash) {
        chosen = place
        break
      }
      const age = there === 0 ? Number.POSITIVE_INFINITY : this.#age(place)
      if (age > oldest) {
        oldest = age
        chosen = place
      }
    }
    this.#hashes[chosen] = hash
    this.#stamps[chosen] = stamp
  }

  #grow(room: number): void {
    const [hashes, stamps] = [this.#hashes, this.#stamps]
    let places = FEWEST_PLACES
    while (places < room * 1.25) {
      places *= 2
    }
    this.#hashes = new Int32Array(places)
    this.#stamps = new Uint32Array(places)
    for (const [place, hash] of hashes.entries()) {
      if (hash !== 0) {
        this.#put(hash, stamps[place] ?? 0)
      }
    }
  }
}
