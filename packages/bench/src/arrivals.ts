import { callsOf } from './load.ts'
import { machineClockMs } from './machine-clock.ts'

/** When each call took effect in this process, on the clock of the machine; NaN for one that did not. */
export class Arrivals {
  #atMs = new Float64Array()
  #missing = 0
  #complete: (() => void) | undefined

  /** Forgets what was, and expects at most so many calls. */
  expect(calls: number): void {
    this.#atMs = new Float64Array(calls).fill(Number.NaN)
    this.#missing = Number.POSITIVE_INFINITY
  }

  /** To be called when the keys of a message are gone. What was not expected is of the time before. */
  note(keys: readonly string[]): void {
    const nowMs = machineClockMs()
    for (const call of callsOf(keys)) {
      if (!Number.isNaN(this.#atMs[call])) continue
      this.#atMs[call] = nowMs
      this.#missing -= 1
      if (this.#missing === 0) this.#complete?.()
    }
  }

  /** Waits until the first so many calls have arrived, for a bounded time, and answers with what has. */
  async collect(calls: number, withinMs: number): Promise<Float64Array> {
    this.#missing = this.#atMs.subarray(0, calls).filter(Number.isNaN).length
    if (this.#missing > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs)
        this.#complete = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#atMs.subarray(0, calls)
  }
}
