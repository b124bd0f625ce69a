/** Ranks that are drawn as often as 1 / (rank + 1) ** exponent, from 0, the most frequent. */
export class Zipf {
  /** The sum of the weights up to each rank. */
  readonly #sums: Float64Array

  constructor(ranks: number, exponent: number) {
    let sum = 0
    this.#sums = Float64Array.from({ length: ranks }, (_, rank) => {
      sum += 1 / (rank + 1) ** exponent
      return sum
    })
  }

  /** @param fraction drawn evenly from 0 up to, but not including, 1. */
  rank(fraction: number): number {
    const sought = fraction * (this.#sums.at(-1) ?? 0)
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sums[middle] ?? 0) > sought) high = middle
      else low = middle + 1
    }
    return low
  }
}
