import { type Clock, monotonicClock } from '@rescind/options'
import { backoffMs } from './backoff.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Session, Transport } from './transport.ts'

export interface KeeperListener {
  readonly onEntry?: (entry: LiveEntry) => void
  readonly onForeign?: () => void
  readonly onWake?: (key: string) => void
  readonly onOpen: (session: Session) => void
  /** A session was lost, or a try to open one failed. */
  readonly onLost: (cause: Error | undefined) => void
}

type State =
  | { readonly type: 'idle' }
  | { readonly type: 'connecting'; readonly opening: Promise<void>; readonly abort: AbortController }
  | { readonly type: 'open'; readonly session: Session; readonly openedAt: number }
  | { readonly type: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly type: 'closed' }

/** A session that ends sooner than this counts as a failed try. */
const SETTLED_MS = 2_000

/**
 * Keeps one session open: opens it, and opens the next one, after a pause, when it was lost.
 *
 * ```
 * idle -> connecting -> open -> waiting -> connecting -> …
 *              `-----------------^              (closed from anywhere)
 * ```
 */
export class SessionKeeper {
  readonly #transport: Transport
  readonly #listener: KeeperListener
  readonly #clock: Clock
  #state: State = { type: 'idle' }
  #attempt = 0

  constructor(transport: Transport, listener: KeeperListener, clock: Clock = monotonicClock) {
    this.#transport = transport
    this.#listener = listener
    this.#clock = clock
  }

  get session(): Session | undefined {
    return this.#state.type === 'open' ? this.#state.session : undefined
  }

  /** Begins to connect, if it has not begun. */
  start(): void {
    if (this.#state.type === 'idle') {
      this.#connect()
    }
  }

  /** Ends the session and stops trying. */
  async close(): Promise<void> {
    const state = this.#state
    this.#state = { type: 'closed' }
    if (state.type === 'waiting') {
      clearTimeout(state.timer)
    } else if (state.type === 'connecting') {
      state.abort.abort()
      await state.opening
    } else if (state.type === 'open') {
      await state.session.close()
    }
  }

  #connect(): void {
    const abort = new AbortController()
    this.#state = { type: 'connecting', opening: this.#open(abort.signal), abort }
  }

  async #open(signal: AbortSignal): Promise<void> {
    let session: Session | undefined
    let ended = false
    const { onEntry, onForeign, onWake } = this.#listener
    try {
      const listener = {
        ...(onEntry && { onEntry: (entry: LiveEntry) => session && onEntry(entry) }),
        ...(onForeign && { onForeign }),
        ...(onWake && { onWake }),
        onClose: (cause: Error | undefined) => {
          ended = true
          this.#onClose(cause)
        },
      }
      session = await this.#transport.open(listener, signal)
    } catch (error) {
      this.#wait(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#state.type === 'closed') {
      await session.close()
    } else if (!ended) {
      this.#state = { type: 'open', session, openedAt: this.#clock() }
      this.#listener.onOpen(session)
    }
  }

  #onClose(cause: Error | undefined): void {
    if (this.#state.type === 'open' && this.#clock() - this.#state.openedAt >= SETTLED_MS) {
      this.#attempt = 0
    }
    this.#wait(cause)
  }

  #wait(cause: Error | undefined): void {
    if (this.#state.type === 'closed') {
      return
    }
    this.#attempt += 1
    const timer = setTimeout(() => this.#connect(), backoffMs(this.#attempt))
    this.#state = { type: 'waiting', timer }
    this.#listener.onLost(cause)
  }
}
