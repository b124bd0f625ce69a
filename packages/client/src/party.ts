import type { Waiter } from './arrival.ts'

/** Reads of several values, and what came of each: as `Promise.allSettled`, without a promise for each. */
export class Party<V> {
  /** All of them, as soon as the last is settled. */
  readonly settled: Promise<PromiseSettledResult<V>[]>
  readonly #results: PromiseSettledResult<V>[] = []
  #left: number
  #resolve: (results: PromiseSettledResult<V>[]) => void = () => {}

  constructor(size: number) {
    this.#left = size
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve
    })
    if (size === 0) {
      this.#resolve([])
    }
  }

  /** Who reads the value with this number. */
  member(index: number): Waiter<V> {
    return {
      fulfilled: (value) => this.#settle(index, { status: 'fulfilled', value }),
      rejected: (reason) => this.#settle(index, { status: 'rejected', reason }),
    }
  }

  #settle(index: number, result: PromiseSettledResult<V>): void {
    this.#results[index] = result
    this.#left -= 1
    if (this.#left === 0) {
      this.#resolve(this.#results)
    }
  }
}
