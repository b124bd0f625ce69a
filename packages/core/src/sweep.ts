import type { Queue, Queued } from './queue.ts'

/** Walks through all entries of some queues, round after round, a few at a time. */
export class Sweep<N extends Queued<N>> {
  readonly #queues: readonly Queue<N>[]
  /** The queue that the walk is in; undefined before a round. */
  #index: number | undefined

  constructor(queues: readonly Queue<N>[]) {
    this.#queues = queues
  }

  /**
   * The next entry, or undefined at the end of a round. What is held from the beginning of a round to its end is found in
   * it: entries move only towards where the walk has yet to come.
   */
  next(): N | undefined {
    if (this.#index === undefined) {
      this.#enter(0)
    }
    for (let index = this.#index ?? 0; index < this.#queues.length; index += 1) {
      const entry = this.#queues[index]?.step()
      if (entry !== undefined) {
        return entry
      }
      this.#enter(index + 1)
    }
    this.#index = undefined
    return undefined
  }

  #enter(index: number): void {
    this.#index = index
    this.#queues[index]?.rewind()
  }
}
