/** What the queue of an eviction policy notes on an entry. */
export interface Queued<N extends Queued<N>> {
  /** The queue that the entry is in. */
  queue: Queue<N> | undefined
  /** The neighbour towards the head, which came later. */
  newer: N | undefined
  /** The neighbour towards the tail, which came earlier. */
  older: N | undefined
}

/** A queue of entries in which any can be taken out: a linked list through the entries themselves. */
export class Queue<N extends Queued<N>> {
  #head: N | undefined
  #tail: N | undefined
  #size = 0
  /** Where a walk goes on. */
  #cursor: N | undefined

  get size(): number {
    return this.#size
  }

  /** The entry that came first. */
  get tail(): N | undefined {
    return this.#tail
  }

  push(entry: N): void {
    entry.queue = this
    entry.older = this.#head
    if (this.#head === undefined) {
      this.#tail = entry
    } else {
      this.#head.newer = entry
    }
    this.#head = entry
    this.#size += 1
  }

  remove(entry: N): void {
    const { newer, older } = entry
    if (newer === undefined) {
      this.#head = older
    } else {
      newer.older = older
    }
    if (older === undefined) {
      this.#tail = newer
    } else {
      older.newer = newer
    }
    if (this.#cursor === entry) {
      this.#cursor = newer
    }
    // An entry that somebody still holds must not hold its neighbours.
    entry.queue = undefined
    entry.newer = undefined
    entry.older = undefined
    this.#size -= 1
  }

  /** Lets `entry` take the place of `old`. */
  replace(old: N, entry: N): void {
    const { newer, older } = old
    entry.queue = this
    entry.newer = newer
    entry.older = older
    if (newer === undefined) {
      this.#head = entry
    } else {
      newer.older = entry
    }
    if (older === undefined) {
      this.#tail = entry
    } else {
      older.newer = entry
    }
    if (this.#cursor === old) {
      this.#cursor = entry
    }
    old.queue = undefined
    old.newer = undefined
    old.older = undefined
  }

  /** Begins a walk from the tail to the head. It may be left off and taken up at any time, whatever changes meanwhile. */
  rewind(): void {
    this.#cursor = this.#tail
  }

  /** The next entry of the walk, or undefined at its end. */
  step(): N | undefined {
    const entry = this.#cursor
    this.#cursor = entry?.newer
    return entry
  }
}
