import { setMaxListeners } from 'node:events'
import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Ctrl-C and its kin: the first asks the demo to end in order, the second ends it at once. */
export class Interruption {
  readonly #controller = new AbortController()
  #exitCode: number | undefined

  constructor() {
    // Every request under way listens.
    setMaxListeners(0, this.signal)
    for (const name of signals) process.on(name, () => this.#interrupt(128 + constants.signals[name]))
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What a process ended by that signal exits with; undefined while there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  #interrupt(exitCode: number): void {
    if (this.#exitCode !== undefined) process.exit(exitCode)
    this.#exitCode = exitCode
    this.#controller.abort()
  }
}
