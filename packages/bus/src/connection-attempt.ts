import type { Cluster, Redis } from 'ioredis'
import { DisconnectedError } from './errors.ts'
import { ended, sever } from './redis-client.ts'

/** The clients that make up one session: they are given up, and end, together. */
export class ConnectionAttempt {
  readonly #clients: (Redis | Cluster)[] = []
  #aborted = false
  #lastError: Error | undefined

  /** The last thing that a client had to say; often better than what a command rejected with. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  get connected(): boolean {
    return this.#clients.every(({ status }) => status === 'ready')
  }

  /** @throws {DisconnectedError} when the attempt was given up meanwhile; the client then is as well. */
  add<Client extends Redis | Cluster>(client: Client): Client {
    client.on('error', (error: Error) => {
      this.#lastError = error
    })
    if (this.#aborted) {
      sever(client)
      throw new DisconnectedError(this.#lastError)
    }
    this.#clients.push(client)
    return client
  }

  abort(): void {
    if (!this.#aborted) {
      this.#aborted = true
      for (const client of this.#clients) {
        sever(client)
      }
    }
  }

  /** Gives up what has been connected, and waits until it is gone. */
  async close(): Promise<void> {
    const gone = Promise.all(this.#clients.map(ended))
    this.abort()
    await gone
  }

  /** Calls back once, when the first of the clients has ended; the others follow. */
  onEnd(callback: () => void): void {
    const end = () => {
      if (!this.#aborted) {
        this.abort()
        callback()
      }
    }
    for (const client of this.#clients) {
      client.once('end', end)
    }
  }
}
