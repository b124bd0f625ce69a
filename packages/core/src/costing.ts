import { estimateBytes } from './byte-estimate.ts'
import type { Misgivings } from './misgivings.ts'

/** What a value counts towards `maxCost`: a finite number from 0 to 2^53 - 1. A fraction is rounded up. */
export type CostFunction<V> = (value: V, key: string) => number

/** Finds the cost of an entry, a whole number, so that sums are exact. Never throws. */
export class Costing<V> {
  readonly #cost: CostFunction<V> | undefined
  readonly #misgivings: Misgivings
  /** Whether an entry that brings no cost has its bytes estimated. */
  readonly #estimates: boolean

  constructor(cost: CostFunction<V> | undefined, estimates: boolean, misgivings: Misgivings) {
    this.#cost = cost
    this.#estimates = estimates
    this.#misgivings = misgivings
  }

  /** @param known what the entry brings. */
  of(value: V, key: string, known: number | undefined): number {
    if (known !== undefined && isCost(known)) {
      return Math.ceil(known)
    }
    return this.#asked(value, key) ?? (this.#estimates ? this.#estimated(value) : 1)
  }

  #asked(value: V, key: string): number | undefined {
    if (!this.#cost) {
      return undefined
    }
    try {
      const cost = this.#cost(value, key)
      if (isCost(cost)) {
        return Math.ceil(cost)
      }
      this.#misgivings.warn('cost', `returned ${String(cost)}, which is no number from 0 to 2^53 - 1`)
    } catch (error) {
      this.#misgivings.warn('cost', 'threw', error)
    }
    return undefined
  }

  #estimated(value: V): number {
    try {
      return estimateBytes(value)
    } catch (error) {
      this.#misgivings.warn('the estimate of bytes', 'threw', error)
      return 1
    }
  }
}

function isCost(cost: unknown): cost is number {
  return typeof cost === 'number' && cost >= 0 && cost <= Number.MAX_SAFE_INTEGER
}
