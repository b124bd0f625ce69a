/** What a caller's own function did wrong in the middle of a read, which goes on: one process warning for each function. */
export class Misgivings {
  readonly #warned = new Set<string>()

  /** @param option the option that holds the function, such as `cost`. */
  warn(option: string, what: string, cause?: unknown): void {
    if (this.#warned.has(option)) {
      return
    }
    this.#warned.add(option)
    const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`
    process.emitWarning(`${option} of an L1Cache ${what}${reason}. Further ones are not reported.`, {
      code: 'RESCIND_L1_OPTION',
    })
  }
}
