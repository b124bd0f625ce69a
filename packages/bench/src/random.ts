/** Numbers that look random and are the same for the same seed: an xorshift of 32 bits. */
export class Random {
  #state: number

  /** @param seed a whole number; 0 is as 1. */
  constructor(seed: number) {
    // Spread over all bits, since the first numbers of small seeds would be alike.
    this.#state = Math.imul(seed | 0, 0x9e3779b1) || 1
  }

  /** From 0 up to, but not including, 1. */
  fraction(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound)
  }
}
