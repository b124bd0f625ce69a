/** Whole numbers of 32 bits, of which the largest is at hand: a binary heap in an array. */
export class MaxHeap {
  readonly #values: Int32Array
  #size = 0

  /** @param room most numbers that will ever be in it at a time. */
  constructor(room: number) {
    this.#values = new Int32Array(room)
  }

  /** The largest; 0 of none. */
  get top(): number {
    return this.#size > 0 ? this.#at(0) : 0
  }

  push(value: number): void {
    let hole = this.#size++
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      if (this.#at(parent) >= value) break
      this.#values[hole] = this.#at(parent)
      hole = parent
    }
    this.#values[hole] = value
  }

  /** Takes the largest out. */
  pop(): void {
    this.#size -= 1
    const last = this.#at(this.#size)
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#at(child + 1) > this.#at(child)) child += 1
      if (this.#at(child) <= last) break
      this.#values[hole] = this.#at(child)
      hole = child
    }
    this.#values[hole] = last
  }

  #at(index: number): number {
    return this.#values[index] ?? 0
  }
}
