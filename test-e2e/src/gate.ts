/** Where work waits until it is let through, and whoever is interested learns that some has arrived. */
export class Gate {
  readonly arrived: Promise<void>
  readonly #opened: Promise<void>
  #arrive: () => void = () => {}
  #taken = false
  #open: () => void = () => {}

  constructor() {
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  /** Whether some work has arrived. */
  get taken(): boolean {
    return this.#taken
  }

  async pass(): Promise<void> {
    this.#taken = true
    this.#arrive()
    await this.#opened
  }

  open(): void {
    this.#open()
  }
}
