/** The time of the model, in ms. */
export class SimClock {
  #now = 0

  get now(): number {
    return this.#now
  }

  pass(ms: number): void {
    this.#now += ms
  }

  /** An event: no two have the same time. */
  tick(): void {
    this.#now += 1
  }
}
