import { Batch, type Body } from './batch.ts'
import { ClosedError } from './errors.ts'
import type { Message, RegionKeys } from './message.ts'
import {
  type Bump,
  CLEAR_ALL,
  keysStatement,
  regionsStatement,
  type Statement,
  tagsStatement,
  versionsStatement,
} from './statement.ts'

/**
 * Takes note of what the transaction of a database makes obsolete; it is said when that has committed, and never if it has
 * not. The calls are those of a publisher. They do no I/O, and throw at once:
 *
 * @throws {InvalidArgumentError}
 * @throws {ClosedError} when the transaction is over.
 */
export interface Transaction {
  invalidate(invalidation: RegionKeys): void
  invalidateTags(tags: readonly string[]): void
  clear(regions: readonly string[]): void
  clearAll(): void
  bump(bump: Bump): void
}

/** What was noted so far, each name once. */
export class Notes implements Transaction {
  readonly #batches = new Map<Message['kind'], Batch>()
  #over = false

  get empty(): boolean {
    return this.#batches.size === 0
  }

  invalidate(invalidation: RegionKeys): void {
    this.#note(keysStatement(invalidation))
  }

  invalidateTags(tags: readonly string[]): void {
    this.#note(tagsStatement(tags))
  }

  clear(regions: readonly string[]): void {
    this.#note(regionsStatement(regions))
  }

  clearAll(): void {
    this.#note(CLEAR_ALL)
  }

  bump(bump: Bump): void {
    this.#note(versionsStatement(bump))
  }

  /** Takes no more: what came now would be said by nobody. */
  end(): void {
    this.#over = true
  }

  /** As few as can be, each small enough for one message. */
  bodies(): Body[] {
    return [...this.#batches.values()].flatMap((batch) => batch.bodies())
  }

  statements(): Statement[] {
    return [...this.#batches].map(([kind, noted]) => ({ kind, name: (batch) => batch.addAll(noted) }))
  }

  #note({ kind, name }: Statement): void {
    if (this.#over) {
      throw new ClosedError('The transaction')
    }
    const batch = this.#batches.get(kind) ?? new Batch(kind)
    this.#batches.set(kind, batch)
    name(batch)
  }
}
