import type { Source } from './source.ts'

/** One read of a key, which ends when its answer is there. */
export interface Lookup {
  /** Where the answer came from; to be asked at the end. */
  source(): Source
  end(): void
}

interface Leader {
  loaded: boolean
}

/** Finds out where answers come from by watching the reads and the loader of one process. */
export class Lookups {
  readonly #leaders = new Map<string, Leader>()

  /** A read of the key begins; `held` says whether L1 may serve it. */
  begin(key: string, held: boolean): Lookup {
    if (held) return { source: () => 'l1', end: () => {} }
    if (this.#leaders.has(key)) return { source: () => 'joined', end: () => {} }
    const leader: Leader = { loaded: false }
    this.#leaders.set(key, leader)
    return {
      source: () => (leader.loaded ? 'database' : 'l2'),
      end: () => void this.#leaders.delete(key),
    }
  }

  /** The loader runs for the key. */
  loading(key: string): void {
    const leader = this.#leaders.get(key)
    if (leader !== undefined) leader.loaded = true
  }
}
