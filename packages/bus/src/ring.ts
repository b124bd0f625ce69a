import type { Tail } from './log-entry.ts'
import type { Position } from './position.ts'

const LENGTH = 4096

/** The last entries of one epoch that were applied, to recognise one that comes again. */
export class Ring {
  /** By seq modulo the length. */
  readonly #chains: string[] = new Array<string>(LENGTH).fill('')
  #epoch = 0
  #first = 0
  #last = -1

  /** Starts over with one entry. */
  restart({ position, chain }: Tail): void {
    this.#epoch = position.epoch
    this.#first = position.seq
    this.#last = position.seq
    this.#chains[position.seq % LENGTH] = chain
  }

  /** Adds the next entry of the same epoch. */
  add({ position, chain }: Tail): void {
    this.#last = position.seq
    this.#chains[position.seq % LENGTH] = chain
  }

  has({ position, chain }: Tail): boolean {
    return this.chainAt(position) === chain
  }

  chainAt({ epoch, seq }: Position): string | undefined {
    const known = epoch === this.#epoch && seq <= this.#last && seq >= Math.max(this.#first, this.#last - LENGTH + 1)
    return known ? this.#chains[seq % LENGTH] : undefined
  }

  /** True if another entry was applied at this position. */
  contradicts({ position, chain }: Tail): boolean {
    const known = this.chainAt(position)
    return known !== undefined && known !== chain
  }
}
