import { setTimeout as pause } from 'node:timers/promises'
import { machineClockMs } from '../machine-clock.ts'

/** A source of truth as one process sees it: answers after a delay, and notes when it was asked. */
export class Source {
  readonly #delayMs: number
  #slow = false
  #askedAtMs: number[] = []

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  /** Forgets what was asked; the delay counts from now on, or no more. */
  reset({ slow }: { readonly slow: boolean }): void {
    this.#slow = slow
    this.#askedAtMs = []
  }

  readonly load = async (id: string): Promise<{ readonly id: string }> => {
    this.#askedAtMs.push(machineClockMs())
    if (this.#slow) await pause(this.#delayMs)
    return { id }
  }

  get askedAtMs(): Float64Array {
    return Float64Array.from(this.#askedAtMs)
  }
}
