import type { LiveEntry, Message } from '@rescind/bus'
import { type Coroutine, Future, wait } from './future.ts'
import { DRAIN_MS } from './limits.ts'
import type { Loop } from './loop.ts'
import type { Session } from './session.ts'

interface Queued {
  readonly message: Message
  readonly done: Future<LiveEntry>
  tried: boolean
}

export interface OutboxOptions {
  readonly loop: Loop
  readonly session: () => Session | undefined
  readonly knownEpoch: () => number
  readonly onAppended: (entry: LiveEntry) => void
}

const RETRY_MS = 20
const DRAIN_LOOK_MS = 5

/** Follows `Outbox`, without its limits. */
export class SimOutbox {
  readonly #options: OutboxOptions
  readonly #waiting = new Set<Queued>()
  readonly #sent = new Set<Queued>()
  #retrying = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size + this.#sent.size
  }

  publish(message: Message): Future<LiveEntry> {
    const item: Queued = { message, done: new Future<LiveEntry>(), tried: false }
    this.#waiting.add(item)
    this.#sendMore()
    return item.done
  }

  resume(): void {
    this.#retrying = false
    this.#sendMore()
  }

  /** Waits until nothing is queued, or for a while. */
  *drain(): Coroutine<void> {
    for (let left = DRAIN_MS; left > 0 && this.size > 0; left -= DRAIN_LOOK_MS) {
      yield* wait(this.#options.loop.pause(DRAIN_LOOK_MS))
    }
  }

  #sendMore(): void {
    const session = this.#options.session()
    for (const item of this.#waiting) {
      if (!session || this.#retrying) {
        return
      }
      this.#send(item, session)
    }
  }

  #send(item: Queued, session: Session): void {
    const { loop, knownEpoch, onAppended } = this.#options
    const { tried } = item
    item.tried = true
    this.#waiting.delete(item)
    this.#sent.add(item)
    loop.spawn(session.append(item.message, knownEpoch(), tried)).listen((settled) => {
      this.#sent.delete(item)
      if (settled.ok) {
        onAppended(settled.value)
        item.done.resolve(settled.value)
        this.#sendMore()
      } else {
        this.#waiting.add(item)
        this.#retryLater()
      }
    })
  }

  #retryLater(): void {
    if (!this.#retrying) {
      this.#retrying = true
      this.#options.loop.after(RETRY_MS, () => {
        this.#retrying = false
        this.#sendMore()
      })
    }
  }
}
