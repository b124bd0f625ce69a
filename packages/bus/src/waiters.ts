/** Those who wait for one thing, each for a bounded time. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Resolves with what `outcome` says after `settle()`, or after `ms`. */
  wait(ms: number, outcome: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve(outcome())
      }
      const timer = setTimeout(settle, ms)
      this.#waiting.add(settle)
    })
  }

  settle(): void {
    for (const settle of this.#waiting) {
      settle()
    }
  }
}
