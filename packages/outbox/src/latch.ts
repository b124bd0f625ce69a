/** Whether something has happened since it was last reset. */
export class Latch {
  #set = false
  #wake: (() => void) | undefined

  set(): void {
    this.#set = true
    this.#wake?.()
  }

  reset(): void {
    this.#set = false
  }

  /** Resolves once it is set, or after `ms`. For one waiter at a time. */
  wait(ms: number): Promise<void> {
    if (this.#set) {
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms)
      this.#wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
