/** Tries after the first, each of which halves what is unknown. */
const halvings = 4

/**
 * Looks for the highest rate that is sustained: first as much as there is, and if that is too much, by halves between
 * what was too much and what was not.
 */
export class RateSearch {
  #enough = 0
  #tooMuch = Number.POSITIVE_INFINITY
  #tries = 0

  /** The rate to try next, per second; undefined when it is found. */
  get next(): number | undefined {
    if (this.#enough === Number.POSITIVE_INFINITY || this.#tries > halvings) return undefined
    return this.#tries === 0 ? Number.POSITIVE_INFINITY : (this.#enough + this.#tooMuch) / 2
  }

  /** The highest rate that was tried and sustained: Infinity for as much as there is, 0 for none. */
  get found(): number {
    return this.#enough
  }

  /** @param reached the rate at which calls were made when `next` was tried. */
  report(sustained: boolean, reached: number): void {
    const tried = this.next
    if (tried === undefined) return
    this.#tries += 1
    if (sustained) this.#enough = tried
    else this.#tooMuch = tried === Number.POSITIVE_INFINITY ? reached : tried
  }
}
