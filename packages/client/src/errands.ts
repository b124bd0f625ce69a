import { settledWithin } from './settled-within.ts'

/** How long `drain()` waits. */
const DRAIN_MS = 1_000

/** What this process does that no reader waits for, and what it holds that others wait for. */
export class Errands {
  readonly #onError: (error: Error) => void
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #held = new Set<() => Promise<void>>()

  constructor(onError: (error: Error) => void) {
    this.#onError = onError
  }

  /** Lets work go on that no reader waits for; `drain()` does. */
  run(work: Promise<unknown>): void {
    this.#underWay.add(work)
    work.then(
      () => this.#underWay.delete(work),
      (error: unknown) => {
        this.#underWay.delete(work)
        this.#onError(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }

  /** Notes what this process holds and others may wait for; the answer says that it is given back. */
  hold(giveBack: () => Promise<void>): () => void {
    this.#held.add(giveBack)
    return () => {
      this.#held.delete(giveBack)
    }
  }

  /** Gives back what is held: the loads go on, but nobody shall wait for a process that is about to leave. */
  giveBack(): void {
    for (const giveBack of this.#held) {
      this.run(giveBack())
    }
    this.#held.clear()
  }

  /** Waits for what is under way, for a second at most. */
  async drain(): Promise<void> {
    await settledWithin(Promise.allSettled(this.#underWay), DRAIN_MS)
  }
}
