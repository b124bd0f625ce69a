interface Batch<T, R> {
  readonly items: T[]
  /** One for all: a promise for each item would cost as much as the rest of it. */
  readonly results: Promise<readonly (R | Promise<R> | Error)[]>
  depart(): void
}

/** Gathers what is asked for in one turn of the event loop, and carries it out together. */
export class TurnBatch<T, R> {
  readonly #carryOut: (items: readonly T[]) => Promise<readonly (R | Promise<R> | Error)[]>
  readonly #most: number
  #boarding: Batch<T, R> | undefined

  /**
   * @param most how many items are carried out together.
   * @param carryOut answers with a result for each item, in their order; an Error is for that item alone, a rejection
   * for all.
   */
  constructor(most: number, carryOut: (items: readonly T[]) => Promise<readonly (R | Promise<R> | Error)[]>) {
    this.#most = most
    this.#carryOut = carryOut
  }

  async add(item: T): Promise<R> {
    this.#boarding ??= this.#open()
    const batch = this.#boarding
    const index = batch.items.push(item) - 1
    if (batch.items.length === this.#most) {
      batch.depart()
    }
    const result = (await batch.results)[index]
    if (result === undefined || result instanceof Error) {
      throw result ?? new Error('There is no result')
    }
    return result
  }

  #open(): Batch<T, R> {
    const items: T[] = []
    let depart = () => {}
    const results = new Promise<readonly (R | Promise<R> | Error)[]>((resolve) => {
      depart = () => {
        if (this.#boarding === batch) {
          this.#boarding = undefined
          resolve(this.#carryOut(items))
        }
      }
    })
    const batch = { items, results, depart }
    // After all microtasks, also where this is called before they begin.
    queueMicrotask(() => process.nextTick(depart))
    return batch
  }
}
