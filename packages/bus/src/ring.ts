import type { Tail } from './log-entry.ts'
import type { Position } from './position.ts'

const LENGTH = 4096

/** The last entries of one epoch that were applied, to recognise one that comes again. */
export class Ring {
  readonly #chains = new Map<number, string>()
  #epoch = 0

  /** Starts over with one entry. */
  restart(first: Tail): void {
    this.#chains.clear()
    this.#epoch = first.position.epoch
    this.add(first)
  }

  /** Adds the next entry of the same epoch. */
  add({ position, chain }: Tail): void {
    this.#chains.set(position.seq, chain)
    if (this.#chains.size > LENGTH) {
      for (const oldest of this.#chains.keys()) {
        this.#chains.delete(oldest)
        break
      }
    }
  }

  has({ position, chain }: Tail): boolean {
    return this.chainAt(position) === chain
  }

  chainAt({ epoch, seq }: Position): string | undefined {
    return epoch === this.#epoch ? this.#chains.get(seq) : undefined
  }

  /** True if another entry was applied at this position. */
  contradicts({ position, chain }: Tail): boolean {
    const known = this.chainAt(position)
    return known !== undefined && known !== chain
  }
}
