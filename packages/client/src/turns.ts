/** Does one thing in each turn of the event loop: the first at once, the others in order. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** @param work never throws. */
  add(work: () => void): void {
    if (this.#taken) {
      this.#waiting.push(work)
    } else {
      this.#taken = true
      setImmediate(() => this.#next())
      work()
    }
  }

  #next(): void {
    const work = this.#waiting.shift()
    if (work) {
      setImmediate(() => this.#next())
      work()
    } else {
      this.#taken = false
    }
  }
}
