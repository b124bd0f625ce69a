/** Gathers what is asked for in one turn of the event loop, and carries it out together. */
export class TurnBatch<T> {
  readonly #carryOut: (items: readonly T[]) => void
  readonly #most: number
  #boarding: T[] | undefined

  /**
   * @param most how many items are carried out together.
   * @param carryOut tells each item what came of it, by whatever the item has for that: a promise for each would cost
   * as much as all the rest. Never throws.
   */
  constructor(most: number, carryOut: (items: readonly T[]) => void) {
    this.#most = most
    this.#carryOut = carryOut
  }

  add(item: T): void {
    this.#boarding ??= this.#open()
    if (this.#boarding.push(item) === this.#most) {
      this.#depart(this.#boarding)
    }
  }

  #open(): T[] {
    const items: T[] = []
    // After all microtasks, also where this is called before they begin.
    queueMicrotask(() => process.nextTick(() => this.#depart(items)))
    return items
  }

  #depart(items: readonly T[]): void {
    if (this.#boarding === items) {
      this.#boarding = undefined
      this.#carryOut(items)
    }
  }
}
