/** Work that nobody awaits where it is begun: its failures are reported, and `settled()` waits for it. */
export class Background {
  readonly #running = new Set<Promise<void>>()
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  run(work: Promise<void>): void {
    const done = work.catch(this.#report).finally(() => {
      this.#running.delete(done)
    })
    this.#running.add(done)
  }

  /** Resolves when all that runs now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }
}
