import { backoffMs } from './backoff.ts'
import {
  ClosedError,
  OutboxOverflowError,
  PublishFailedError,
  PublishTimeoutError,
  RedisRefusedError,
} from './errors.ts'
import { newId } from './ids.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Session } from './transport.ts'
import { messageWeight } from './weight.ts'

export interface OutboxOptions {
  /** After this long a publish rejects; its message stays queued. */
  readonly publishTimeoutMs: number
  /** Most messages that may be waiting, and about how many bytes they may take up. */
  readonly maxQueued: number
  readonly maxQueuedBytes: number
  /** The session to send on, if there is one now. */
  readonly session: () => Session | undefined
  /** The highest epoch known here. */
  readonly knownEpoch: () => number
  /** A message is in the log; called before its promise resolves, and also when it has long rejected. */
  readonly onAppended: (entry: LiveEntry) => void
  /** A message was refused for good after its promise had rejected as queued. */
  readonly onRefused: (error: PublishFailedError) => void
  /** Messages were replaced by one that clears everything. */
  readonly onOverflow: (error: OutboxOverflowError) => void
}

/** Who waits for a message, until it is acknowledged or too late. */
interface Waiter {
  readonly resolve: (entry: LiveEntry) => void
  readonly reject: (error: Error) => void
  timer: NodeJS.Timeout | undefined
  /** Its promise has rejected; the message is still to be sent. */
  timedOut: boolean
}

interface Queued {
  readonly message: Message
  /** The token of a lease that its removals leave alone. */
  readonly spare?: string | undefined
  readonly weight: number
  /** More than one for a message that took the place of others. */
  readonly waiters: Waiter[]
  /** An earlier try may have reached the log. */
  tried: boolean
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
  #weight = 0
  /** Took the place of others, and is yet to be sent: it clears what comes now too. */
  #clear: Queued | undefined
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size + this.#sent.size
  }

  /**
   * @param spare of a message with one key: the token of a lease that stays.
   * @throws {PublishTimeoutError} not acknowledged in time, but still queued.
   * @throws {PublishFailedError} refused: not queued.
   * @throws {ClosedError}
   */
  publish(message: Message, spare?: string): Promise<LiveEntry> {
    if (this.#closed) {
      return Promise.reject(new ClosedError('The cache or publisher'))
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, timer: undefined, timedOut: false }
      const item = this.#enqueue({ message, spare }, waiter)
      this.#sendMore()
      // What is sent is on its way before time is taken for anything else.
      this.#limit(waiter, item)
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

  /** Takes no more, waits up to `drainMs` for what is queued, and gives up the rest. Returns what was given up. */
  async close(drainMs: number): Promise<Message[]> {
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
      const cause = item.lastError ?? this.#lostTo
      settle(item, ({ reject }) => {
        reject(new PublishFailedError('The bus was closed before the message was acknowledged', { cause }))
      })
    }
    clearTimeout(this.#retry)
    return lost.map(({ message }) => message)
  }

  #limit(waiter: Waiter, item: Queued): void {
    const { publishTimeoutMs } = this.#options
    waiter.timer = setTimeout(() => {
      waiter.timedOut = true
      waiter.reject(new PublishTimeoutError(publishTimeoutMs, item.lastError ?? this.#lostTo))
    }, publishTimeoutMs)
  }

  #enqueue({ message, spare }: Pick<Queued, 'message' | 'spare'>, waiter: Waiter): Queued {
    const { maxQueued, maxQueuedBytes } = this.#options
    if (this.#clear) {
      this.#clear.waiters.push(waiter)
      return this.#clear
    }
    const weight = messageWeight(message)
    if (this.size < maxQueued && this.#weight + weight <= maxQueuedBytes) {
      return this.#add({ message, spare, weight, waiters: [waiter], tried: false, lastError: undefined })
    }
    const replaced = [...this.#waiting].filter(({ tried }) => !tried)
    for (const item of replaced) {
      this.#remove(item)
    }
    const { origin, sentAt, confirm } = message
    this.#options.onOverflow(new OutboxOverflowError(replaced.length + 1))
    const all: Message = { kind: 'clear-all', id: newId(), origin, sentAt, confirm }
    const waiters = [...replaced.flatMap((item) => item.waiters), waiter]
    this.#clear = this.#add({ message: all, weight: messageWeight(all), waiters, tried: false, lastError: undefined })
    return this.#clear
  }

  #add(item: Queued): Queued {
    this.#waiting.add(item)
    this.#weight += item.weight
    return item
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
    if (item === this.#clear) {
      this.#clear = undefined
    }
    this.#waiting.delete(item)
    this.#sent.add(item)
    session.append(item.message, this.#options.knownEpoch(), tried, item.spare).then(
      (entry) => this.#onSuccess(item, entry),
      (error: unknown) => this.#onFailure(item, error),
    )
  }

  #onSuccess(item: Queued, entry: LiveEntry): void {
    this.#attempt = 0
    this.#remove(item)
    this.#options.onAppended(entry)
    settle(item, ({ resolve }) => resolve(entry))
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
      settle(item, ({ reject }) => reject(failed))
      if (item.waiters.some(({ timedOut }) => timedOut)) {
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
    this.#waiting.delete(item)
    this.#sent.delete(item)
    this.#weight -= item.weight
    if (this.size === 0) {
      this.#onEmpty?.()
    }
  }
}

function settle({ waiters }: Queued, how: (waiter: Waiter) => void): void {
  for (const waiter of waiters) {
    clearTimeout(waiter.timer)
    how(waiter)
  }
}
