import { sameEntry, type Tail } from './log-entry.ts'
import { comparePositions } from './position.ts'

/** Beats that wait for their tail to be applied; the next beats will do as well. */
const MAX_PENDING = 16

/** Up to when a node is proven to have heard everything: by beats whose tail it has applied, or will have. */
export class Proofs {
  #provenAt = Number.NEGATIVE_INFINITY
  #pending: { readonly at: number; readonly tail: Tail }[] = []
  #retired = false

  get provenAt(): number {
    return this.#provenAt
  }

  prove(at: number): void {
    if (!this.#retired) {
      this.#provenAt = Math.max(this.#provenAt, at)
    }
  }

  /** Proven as of `at`, as soon as the tail is applied. */
  expect(at: number, tail: Tail): void {
    if (this.#pending.length < MAX_PENDING) {
      this.#pending.push({ at, tail })
    }
  }

  expectNone(): void {
    this.#pending = []
  }

  /** Tails come in order; the first that was passed under another chain proves nothing. */
  fulfil(applied: Tail): void {
    while (this.#pending[0] && comparePositions(this.#pending[0].tail.position, applied.position) <= 0) {
      const [pending] = this.#pending.splice(0, 1)
      if (pending && sameEntry(pending.tail, applied)) {
        this.prove(pending.at)
      }
    }
  }

  /** Forgets what was proven, and is proven nothing any more. */
  retire(): void {
    this.#retired = true
    this.#provenAt = Number.NEGATIVE_INFINITY
    this.#pending = []
  }
}
