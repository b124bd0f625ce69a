import type { Giver } from './lease.ts'
import { settledWithin } from './settled-within.ts'

/** How long `drain()` waits. */
const DRAIN_MS = 1_000

/** What others wait for. */
export interface Held {
  giveBack(): void
}

/** What this process does that no reader waits for, and what it holds that others wait for. */
export class Errands {
  /** For a lease that is given up as work that was begun. */
  readonly giver: Giver = {
    given: () => this.#end(),
    failed: (error) => {
      this.#end()
      this.#onError(error instanceof Error ? error : new Error(String(error)))
    },
  }
  /** As `giver`, where it has been said already that something is wrong. */
  readonly silentGiver: Giver = { given: () => this.#end(), failed: () => this.#end() }
  readonly #onError: (error: Error) => void
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #held = new Set<Held>()
  /** How many were begun and have not ended. */
  #begun = 0
  #idle: (() => void)[] = []

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

  /** As `run`, for what `giver` hears of once it is over. */
  begin(): void {
    this.#begun += 1
  }

  /** Notes what this process holds and others may wait for, until it lets go. */
  hold(held: Held): void {
    this.#held.add(held)
  }

  letGo(held: Held): void {
    this.#held.delete(held)
  }

  /** Gives back what is held: the loads go on, but nobody shall wait for a process that is about to leave. */
  giveBack(): void {
    for (const held of this.#held) {
      held.giveBack()
    }
    this.#held.clear()
  }

  /** Waits for what is under way, for a second at most. */
  async drain(): Promise<void> {
    const idle = this.#begun === 0 ? undefined : new Promise<void>((resolve) => this.#idle.push(resolve))
    await settledWithin(Promise.allSettled([idle, ...this.#underWay]), DRAIN_MS)
  }

  #end(): void {
    this.#begun -= 1
    if (this.#begun === 0) {
      for (const idle of this.#idle.splice(0)) {
        idle()
      }
    }
  }
}
