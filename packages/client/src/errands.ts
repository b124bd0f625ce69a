import type { Giver } from './lease.ts'
import { settledWithin } from './settled-within.ts'

/** How long `drain()` waits. */
const DRAIN_MS = 1_000

/** What others wait for. */
export interface Held {
  giveBack(): void
}

/** Leases on their way back: counted, since a promise for each would cost as much as all the rest. */
class Returns {
  readonly giver: Giver
  readonly silentGiver: Giver = { given: () => this.#end(), failed: () => this.#end() }
  #left = 0
  #over = () => {}

  constructor(onError: (error: unknown) => void) {
    this.giver = {
      given: () => this.#end(),
      failed: (error) => {
        this.#end()
        onError(error)
      },
    }
  }

  get areOver(): boolean {
    return this.#left === 0
  }

  begin(): this {
    this.#left += 1
    return this
  }

  /** Resolves when none is left. Asked for once, and while there are some. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      this.#over = resolve
    })
  }

  #end(): void {
    this.#left -= 1
    if (this.#left === 0) {
      this.#over()
    }
  }
}

/** What this process does that no reader waits for, and what it holds that others wait for. */
export class Errands {
  readonly #onError: (error: unknown) => void
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #held = new Set<Held>()
  #returns: Returns

  constructor(onError: (error: Error) => void) {
    this.#onError = (error) => onError(error instanceof Error ? error : new Error(String(error)))
    this.#returns = new Returns(this.#onError)
  }

  /** Lets work go on that no reader waits for; `drain()` does. */
  run(work: Promise<unknown>): void {
    this.#underWay.add(work)
    work.then(
      () => this.#underWay.delete(work),
      (error: unknown) => {
        this.#underWay.delete(work)
        this.#onError(error)
      },
    )
  }

  /** As `run`, for a lease that is given up: under way until the giver hears of it. */
  begin(): Giver {
    return this.#returns.begin().giver
  }

  /** As `begin`, where it has been said already that something is wrong. */
  beginSilently(): Giver {
    return this.#returns.begin().silentGiver
  }

  /** Notes what this process holds and others may wait for, if it holds something, until it lets go. */
  hold(held: Held | undefined): void {
    if (held) {
      this.#held.add(held)
    }
  }

  letGo(held: Held | undefined): void {
    if (held) {
      this.#held.delete(held)
    }
  }

  /** Gives back what is held: the loads go on, but nobody shall wait for a process that is about to leave. */
  giveBack(): void {
    for (const held of this.#held) {
      held.giveBack()
    }
    this.#held.clear()
  }

  /** Waits for what is under way by now, for a second at most. */
  async drain(): Promise<void> {
    if (!this.#returns.areOver) {
      // What begins from now on is not waited for, or a process that goes on reading would never be done.
      this.run(this.#returns.over())
      this.#returns = new Returns(this.#onError)
    }
    await settledWithin(Promise.allSettled(this.#underWay), DRAIN_MS)
  }
}
