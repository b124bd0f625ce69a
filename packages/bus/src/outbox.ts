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
  /** A message was refused for good after its promise had rejected as queued. */
  readonly onRefused: (error: PublishFailedError) => void
}

interface Queued {
  readonly message: Message
  readonly resolve: (entry: LiveEntry) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
  /** An earlier try may have reached the log. */
  tried: boolean
  /** Its promise has rejected; the message is still to be sent. */
  timedOut: boolean
  lastError: unknown
}

/** How long `close()` of a bus or publisher waits for messages that are not acknowledged. */
export const DRAIN_MS = 1_000

/** More at once would keep the last of them waiting past the time-out of a command, and what else uses the connection. */
const MAX_SENT = 256

/** Messages on their way to the log: sent at once and in order where there is a session, kept and retried where not. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #waiting = new Set<Queued>()
  readonly #sent = new Set<Queued>()
  #retry: NodeJS.Timeout | undefined
  #lostTo: unknown
  #attempt = 0
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size + this.#sent.size
  }

  /**
   * @throws {PublishTimeoutError} not acknowledged in time, but still queued.
   * @throws {PublishFailedError} refused, or the outbox is full: not queued.
   * @throws {ClosedError}
   */
  publish(message: Message): Promise<LiveEntry> {
    const { publishTimeoutMs, maxQueued } = this.#options
    if (this.#closed) {
      return Promise.reject(new ClosedError('The cache or publisher'))
    }
    if (this.size >= maxQueued) {
      return Promise.reject(new PublishFailedError(`The outbox is full: ${maxQueued} messages wait for Redis`))
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        item.timedOut = true
        reject(new PublishTimeoutError(publishTimeoutMs, item.lastError ?? this.#lostTo))
      }, publishTimeoutMs)
      const item: Queued = { message, resolve, reject, timer, tried: false, timedOut: false, lastError: undefined }
      this.#waiting.add(item)
      this.#sendMore()
    })
  }

  /** Sends what waits; to be called when a session has opened. */
  resume(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#lostTo = undefined
    this.#sendMore()
  }

  /** There is no session, because of this: for the errors of what waits. */
  suspend(cause: unknown): void {
    this.#lostTo = cause ?? this.#lostTo
  }

  /** Takes no more, waits up to `drainMs` for what is queued, and gives up the rest. Returns how many were given up. */
  async close(drainMs: number): Promise<number> {
    this.#closed = true
    if (this.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs)
        this.#onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const lost = [...this.#sent, ...this.#waiting]
    for (const item of lost) {
      this.#remove(item)
      item.reject(
        new PublishFailedError('The bus was closed before the message was acknowledged', {
          cause: item.lastError ?? this.#lostTo,
        }),
      )
    }
    clearTimeout(this.#retry)
    return lost.length
  }

  #sendMore(): void {
    const session = this.#options.session()
    for (const item of this.#waiting) {
      // What failed is not sent again with the next success, but after a pause.
      if (!session || this.#retry !== undefined || this.#sent.size >= MAX_SENT) {
        return
      }
      this.#send(item, session)
    }
  }

  #send(item: Queued, session: Session): void {
    const { tried } = item
    item.tried = true
    this.#waiting.delete(item)
    this.#sent.add(item)
    session.append(item.message, this.#options.knownEpoch(), tried).then(
      (entry) => this.#onSuccess(item, entry),
      (error: unknown) => this.#onFailure(item, error),
    )
  }

  #onSuccess(item: Queued, entry: LiveEntry): void {
    this.#attempt = 0
    this.#remove(item)
    this.#options.onAppended(entry)
    item.resolve(entry)
    this.#sendMore()
  }

  #onFailure(item: Queued, error: unknown): void {
    item.lastError = error
    if (!this.#sent.delete(item)) {
      return
    }
    if (error instanceof RedisRefusedError && !error.transient) {
      this.#remove(item)
      const failed = new PublishFailedError(`The message was refused: ${error.message}`, { cause: error })
      item.reject(failed)
      if (item.timedOut) {
        this.#options.onRefused(failed)
      }
      this.#sendMore()
      return
    }
    this.#waiting.add(item)
    if (this.#retry === undefined) {
      this.#attempt += 1
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#sendMore()
      }, backoffMs(this.#attempt))
      this.#retry.unref()
    }
  }

  #remove(item: Queued): void {
    clearTimeout(item.timer)
    this.#waiting.delete(item)
    this.#sent.delete(item)
    if (this.size === 0) {
      this.#onEmpty?.()
    }
  }
}
