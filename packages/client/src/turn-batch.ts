interface Waiting<T, R> {
  readonly item: T
  resolve(result: R | Promise<R>): void
  reject(error: unknown): void
}

/** Gathers what is asked for in one turn of the event loop, and carries it out together. */
export class TurnBatch<T, R> {
  readonly #carryOut: (items: readonly T[]) => Promise<readonly (R | Promise<R> | Error)[]>
  readonly #most: number
  #waiting: Waiting<T, R>[] = []

  /**
   * @param most how many items are carried out together.
   * @param carryOut answers with a result for each item, in their order; an Error is for that item alone, a rejection
   * for all.
   */
  constructor(most: number, carryOut: (items: readonly T[]) => Promise<readonly (R | Promise<R> | Error)[]>) {
    this.#most = most
    this.#carryOut = carryOut
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#waiting.length === this.#most) {
        this.#depart()
      } else if (this.#waiting.length === 1) {
        // After all microtasks, also where this is called before they begin.
        queueMicrotask(() => process.nextTick(() => this.#depart()))
      }
    })
  }

  #depart(): void {
    const batch = this.#waiting
    if (batch.length === 0) {
      return
    }
    this.#waiting = []
    this.#carryOut(batch.map(({ item }) => item)).then(
      (results) => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index]
          if (result === undefined || result instanceof Error) {
            reject(result ?? new Error('There is no result'))
          } else {
            resolve(result)
          }
        }
      },
      (error) => {
        for (const { reject } of batch) {
          reject(error)
        }
      },
    )
  }
}
