/** Waits that can be ended early, all at once and for good. */
export class Pause {
  readonly #waiting = new Set<() => void>()
  #ended = false

  get ended(): boolean {
    return this.#ended
  }

  wait(ms: number): Promise<void> {
    if (this.#ended || ms <= 0) {
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve()
      }
      const timer = setTimeout(settle, ms)
      this.#waiting.add(settle)
    })
  }

  end(): void {
    this.#ended = true
    for (const settle of this.#waiting) {
      settle()
    }
  }
}
