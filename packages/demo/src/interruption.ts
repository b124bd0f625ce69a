import { constants } from 'node:os'
import { machineClockMs } from './machine-clock.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What runs the demo may pass on a signal that the terminal has sent to it as well: so soon, it is the same one. */
const sameSignalMs = 500

/** Ctrl-C and its kin: the first asks the demo to end in order, a second one ends it at once. */
export class Interruption {
  readonly #controller = new AbortController()
  #first: { readonly exitCode: number; readonly atMs: number } | undefined

  constructor() {
    for (const name of signals) process.on(name, () => this.#interrupt(128 + constants.signals[name]))
    // Nobody reads on, as after `| head`; every further line fails again.
    process.stdout.on('error', () => this.#begin(128 + constants.signals.SIGPIPE))
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What a process ended by that signal exits with; undefined while there was none. */
  get exitCode(): number | undefined {
    return this.#first?.exitCode
  }

  #interrupt(exitCode: number): void {
    const first = this.#begin(exitCode)
    if (machineClockMs() - first.atMs > sameSignalMs) process.exit(exitCode)
  }

  #begin(exitCode: number): { readonly atMs: number } {
    this.#first ??= { exitCode, atMs: machineClockMs() }
    this.#controller.abort()
    return this.#first
  }
}
