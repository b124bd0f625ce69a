import type { Read } from './cache-node.ts'
import type { Write } from './writer.ts'

/**
 * Judges reads by the promise: one that began at b has at least the version of every write that was acknowledged by
 * b minus the bound.
 */
export class PromiseCheck {
  readonly #boundMs: number
  readonly #writes = new Map<string, Write[]>()

  constructor(boundMs: number) {
    this.#boundMs = boundMs
  }

  wrote(writes: readonly Write[]): void {
    for (const write of writes) {
      const known = this.#writes.get(write.id)
      if (known) known.push(write)
      else this.#writes.set(write.id, [write])
    }
  }

  /** The reads that broke the promise, in words. */
  broken(reads: readonly Read[]): string[] {
    return reads.flatMap((read) => {
      const missed = (this.#writes.get(read.id) ?? []).filter(
        (write) => write.version > read.version && write.ackedAt <= read.beganAt - this.#boundMs,
      )
      return missed.map(
        ({ version, ackedAt }) =>
          `${read.id} was read at version ${read.version}, ${Math.round(read.beganAt - ackedAt)} ms after ${version} was acknowledged`,
      )
    })
  }
}
