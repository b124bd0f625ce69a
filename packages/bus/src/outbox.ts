import { backoffMs } from './backoff.ts'
import { ClosedError, PublishFailedError, PublishTimeoutError, RedisRefusedError } from './errors.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Session } from './transport.ts'

export interface OutboxOptions {
  /** After this long a publish rejects; its message stays queued. */
  readonly publishTimeoutMs: number
  /** Most messages that may be waiting. */
  readonly maxQueued: number
  /** The session to send on, if there is one now. */
  readonly session: () => Session | undefined
  /** The highest epoch known here. */
  readonly knownEpoch: () => number
  /** A message is in the log; called before its promise resolves, and also when it has long rejected. */
  readonly onAppended: (entry: LiveEntry) => void
}

interface Queued {
  readonly message: Message
  readonly resolve: (entry: LiveEntry) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
  state: 'waiting' | 'sent'
  /** An earlier try may have reached the log. */
  tried: boolean
  lastError: unknown
}

/** Messages on their way to the log: sent at once and in order where there is a session, kept and retried where not. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #queue = new Set<Queued>()
  #retry: NodeJS.Timeout | undefined
  #attempt = 0
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#queue.size
  }

  /**
   * @throws {PublishTimeoutError} not acknowledged in time, but still queued.
   * @throws {PublishFailedError} refused, or the outbox is full: not queued.
   * @throws {ClosedError}
   */
  publish(message: Message): Promise<LiveEntry> {
    const { publishTimeoutMs, maxQueued } = this.#options
    if (this.#closed) {
      return Promise.reject(new ClosedError('The bus'))
    }
    if (this.#queue.size >= maxQueued) {
      return Promise.reject(new PublishFailedError(`The outbox is full: ${maxQueued} messages wait for Redis`))
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new PublishTimeoutError(publishTimeoutMs, item.lastError)),
        publishTimeoutMs,
      )
      const item: Queued = { message, resolve, reject, timer, state: 'waiting', tried: false, lastError: undefined }
      this.#queue.add(item)
      this.#send(item)
    })
  }

  /** Sends what waits; to be called when a session has opened. */
  resume(): void {
    for (const item of this.#queue) {
      this.#send(item)
    }
  }

  /** Takes no more, waits up to `drainMs` for what is queued, and gives up the rest. Returns how many were given up. */
  async close(drainMs: number): Promise<number> {
    this.#closed = true
    if (this.#queue.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs)
        this.#onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    clearTimeout(this.#retry)
    const lost = this.#queue.size
    for (const item of this.#queue) {
      this.#remove(item)
      item.reject(
        new PublishFailedError('The bus was closed before the message was acknowledged', { cause: item.lastError }),
      )
    }
    return lost
  }

  #send(item: Queued): void {
    const session = this.#options.session()
    if (!session || item.state === 'sent') {
      return
    }
    item.state = 'sent'
    const { tried } = item
    item.tried = true
    session.append(item.message, this.#options.knownEpoch(), tried).then(
      (entry) => {
        this.#attempt = 0
        this.#remove(item)
        this.#options.onAppended(entry)
        item.resolve(entry)
      },
      (error: unknown) => this.#onFailure(item, error),
    )
  }

  #onFailure(item: Queued, error: unknown): void {
    item.state = 'waiting'
    item.lastError = error
    if (!this.#queue.has(item)) {
      return
    }
    if (error instanceof RedisRefusedError && !error.transient) {
      this.#remove(item)
      item.reject(new PublishFailedError(`The message was refused: ${error.message}`, { cause: error }))
    } else if (this.#retry === undefined) {
      this.#attempt += 1
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.resume()
      }, backoffMs(this.#attempt))
      this.#retry.unref()
    }
  }

  #remove(item: Queued): void {
    clearTimeout(item.timer)
    this.#queue.delete(item)
    if (this.#queue.size === 0) {
      this.#onEmpty?.()
    }
  }
}
