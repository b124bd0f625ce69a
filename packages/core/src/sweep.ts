import type { Queue, Queued } from './queue.ts'

/** Walks through all entries of some queues, round after round, a few at a time. */
export class Sweep<N extends Queued<N>> {
  readonly #queues: readonly Queue<N>[]
  #index = 0

  constructor(queues: readonly Queue<N>[]) {
    this.#queues = queues
    this.#queues[0]?.rewind()
  }

  /**
   * The next entry, or undefined at the end of a round. What is held from the beginning of a round to its end is found in
   * it: entries move only towards where the walk has yet to come.
   */
  next(): N | undefined {
    for (let queue = this.#queues[this.#index]; queue !== undefined; queue = this.#queues[this.#index]) {
      const entry = queue.step()
      if (entry !== undefined) {
        return entry
      }
      this.#index += 1
      this.#queues[this.#index]?.rewind()
    }
    this.#index = 0
    this.#queues[0]?.rewind()
    return undefined
  }
}
