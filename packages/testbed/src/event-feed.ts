export type Listener = (event: unknown) => void

/** Events in order for whoever listens; those from before the first listener wait for it. */
export class EventFeed {
  readonly #listeners = new Set<Listener>()
  #waiting: unknown[] = []

  push(event: unknown): void {
    if (this.#listeners.size === 0) this.#waiting.push(event)
    for (const listener of this.#listeners) listener(event)
  }

  /** The answer takes the listener out again. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    for (const event of this.#waiting.splice(0)) listener(event)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
