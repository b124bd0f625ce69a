/** What to undo at the end, last thing first. */
export class Closing {
  readonly #steps: (() => Promise<void>)[] = []
  #closed: Promise<void> | undefined

  /** Registers how to undo what was just done. */
  add(step: () => Promise<void>): void {
    this.#steps.push(step)
  }

  /**
   * Runs every step even if one fails, and once only.
   *
   * @throws {AggregateError} what failed, when all steps have run.
   */
  close(): Promise<void> {
    this.#closed ??= this.#runSteps()
    return this.#closed
  }

  async #runSteps(): Promise<void> {
    const errors: unknown[] = []
    for (const step of this.#steps.reverse()) {
      await step().catch((error: unknown) => errors.push(error))
    }
    if (errors.length > 0) {
      throw new AggregateError(errors, `Not everything could be closed: ${errors.map(String).join('; ')}`)
    }
  }
}
