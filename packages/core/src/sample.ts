/** A sample has about as many keys as this, at least half of it: those of a smaller cache are all in it. */
const MOST_KEYS = 256
/** And not more than one in so many of a larger cache. */
const ONE_IN = 64

/** A share of all keys that is the same whenever it is asked: those whose hashes end above in enough zeros. */
export class Sample {
  /** The bits that are 0 in the hashes of the sample. Before the first `fit` it is empty, as no hash is 0. */
  #mask = -1
  #bits = 0

  has(hash: number): boolean {
    return (hash & this.#mask) === 0
  }

  /**
   * Makes the share so small that a cache of so many entries is sampled at bounded cost. It never grows again. Returns
   * whether the share is another one now.
   */
  fit(held: number): boolean {
    const most = Math.max(MOST_KEYS, held / ONE_IN)
    if (this.#mask !== -1 && held <= most * 2 ** this.#bits) {
      return false
    }
    while (held > most * 2 ** this.#bits) {
      this.#bits += 1
    }
    this.#mask = this.#bits === 0 ? 0 : -1 << (32 - this.#bits)
    return true
  }
}
