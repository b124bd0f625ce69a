/** Those in this process who wait for a key, for a while or until they are woken. */
export class Wakes {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Resolves when the key is woken, or after so many milliseconds. */
  wait(key: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#waiting.get(key)
      const waiting = others ?? new Set()
      const end = () => {
        clearTimeout(timer)
        waiting.delete(end)
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) {
          this.#waiting.delete(key)
        }
        resolve()
      }
      const timer = setTimeout(end, ms)
      waiting.add(end)
      if (!others) {
        this.#waiting.set(key, waiting)
      }
    })
  }

  wake(key: string): void {
    for (const end of this.#waiting.get(key) ?? []) {
      end()
    }
  }

  /** How many keys are waited for. */
  get size(): number {
    return this.#waiting.size
  }
}
