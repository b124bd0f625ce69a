import type { EvictionPolicy, Ranked } from './eviction-policy.ts'
import { Queue } from './queue.ts'

/** The least recently used entry goes: exactly that, so that each use moves the entry to the head of the queue. */
export class LruPolicy<N extends Ranked<N>> implements EvictionPolicy<N> {
  readonly #queue = new Queue<N>()
  readonly queues: readonly Queue<N>[] = [this.#queue]

  add(entry: N): void {
    this.#queue.push(entry)
  }

  use(entry: N): void {
    if (entry.newer !== undefined) {
      this.#queue.remove(entry)
      this.#queue.push(entry)
    }
  }

  replace(old: N, entry: N): void {
    this.#queue.replace(old, entry)
    this.use(entry)
  }

  remove(entry: N): void {
    this.#queue.remove(entry)
  }

  evict(): N | undefined {
    const { tail } = this.#queue
    if (tail !== undefined) {
      this.#queue.remove(tail)
    }
    return tail
  }
}
