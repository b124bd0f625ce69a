import { bounded } from './bounded.ts'
import { type PlainError, toError } from './child-wire.ts'

interface Waiter {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Calls that were sent and not yet answered, by id. */
export class PendingCalls {
  readonly #waiters = new Map<number, Waiter>()
  #lastId = 0

  /** Sends under a fresh id and waits for the answer to that id. */
  async open(send: (id: number) => void, withinMs: number, describe: () => string): Promise<unknown> {
    const id = ++this.#lastId
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject })
    })
    try {
      send(id)
      return await bounded(answer, withinMs, describe)
    } finally {
      this.#waiters.delete(id)
    }
  }

  resolve(id: number, value: unknown): void {
    this.#waiters.get(id)?.resolve(value)
  }

  reject(id: number, error: PlainError): void {
    this.#waiters.get(id)?.reject(toError(error))
  }

  rejectAll(error: Error): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error)
  }
}
