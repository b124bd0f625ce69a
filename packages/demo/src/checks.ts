import type { Screen } from './screen.ts'

/** Something the demo claims was not so; the message has the claim and what was seen. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed'

  constructor(claim: string, seen: string) {
    super(`${claim}\n      seen: ${seen}`)
  }
}

/** The claims of the demo: each is written down when it held and ends the demo when it did not. */
export class Checks {
  readonly #screen: Screen
  #passed = 0

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** How many claims held so far. */
  get passed(): number {
    return this.#passed
  }

  /**
   * @param seen what there was to see, for the error.
   * @throws {CheckFailed} when the claim does not hold.
   */
  that(claim: string, holds: boolean, seen: string): void {
    if (!holds) {
      throw new CheckFailed(claim, seen)
    }
    this.#passed++
    this.#screen.passed(claim)
  }

  /** The values are the same; objects are not compared by their parts. */
  equal<T extends string | number | boolean | undefined>(claim: string, actual: T, expected: T): void {
    this.that(claim, actual === expected, `${actual}, expected ${expected}`)
  }
}
