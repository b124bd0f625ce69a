import type { WriteRecord } from './history.ts'

interface Acknowledged extends WriteRecord {
  readonly ackedAt: number
}

/** The acknowledged writes of one key, in the order of their acknowledgements; what was never acknowledged is left out. */
export class AckedWrites {
  readonly #ackedAt: Float64Array
  /** For each acknowledgement, the write with the newest version so far. */
  readonly #newest: readonly WriteRecord[]

  constructor(writes: readonly WriteRecord[]) {
    const ordered = writes.filter(isAcknowledged).sort((a, b) => a.ackedAt - b.ackedAt)
    this.#ackedAt = Float64Array.from(ordered, ({ ackedAt }) => ackedAt)
    let newest: WriteRecord | undefined
    this.#newest = ordered.map((write) => {
      newest = newest === undefined || write.version > newest.version ? write : newest
      return newest
    })
  }

  /** The write with the newest version of those acknowledged before that time. */
  newestBefore(time: number): WriteRecord | undefined {
    return this.#newest[firstIndex(this.#ackedAt.length, (index) => (this.#ackedAt[index] ?? 0) >= time) - 1]
  }

  /** When the first version above this one was acknowledged; infinite if none was. */
  overtakenAt(version: number): number {
    const index = firstIndex(this.#newest.length, (at) => (this.#newest[at]?.version ?? 0) > version)
    return this.#ackedAt[index] ?? Number.POSITIVE_INFINITY
  }
}

/** The first index of which this holds, given that it holds for all after it as well; `length` if there is none. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) {
      high = middle
    } else {
      low = middle + 1
    }
  }
  return low
}

function isAcknowledged(write: WriteRecord): write is Acknowledged {
  return write.ackedAt !== undefined
}
