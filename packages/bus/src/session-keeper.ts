import { type Clock, monotonicClock } from '@rescind/options'
import { backoffMs } from './backoff.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Session, SessionListener } from './transport.ts'

/** Something that is open until it is closed or lost. */
interface Closable {
  close(): Promise<void>
}

/** As a `Transport`, for whatever it opens. */
export interface Opener<S extends Closable> {
  open(listener: SessionListener, signal?: AbortSignal): Promise<S>
  close?(): Promise<void>
}

export interface KeeperListener<S extends Closable = Session> extends Omit<SessionListener, 'onClose'> {
  readonly onOpen: (session: S) => void
  /** A session was lost, or a try to open one failed. */
  readonly onLost: (cause: Error | undefined) => void
}

type State<S> =
  | { readonly type: 'idle' }
  | { readonly type: 'connecting'; readonly opening: Promise<void>; readonly abort: AbortController }
  | { readonly type: 'open'; readonly session: S; readonly openedAt: number }
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
export class SessionKeeper<S extends Closable = Session> {
  readonly #transport: Opener<S>
  readonly #listener: KeeperListener<S>
  readonly #clock: Clock
  #state: State<S> = { type: 'idle' }
  #attempt = 0

  constructor(transport: Opener<S>, listener: KeeperListener<S>, clock: Clock = monotonicClock) {
    this.#transport = transport
    this.#listener = listener
    this.#clock = clock
  }

  get session(): S | undefined {
    return this.#state.type === 'open' ? this.#state.session : undefined
  }

  /** Begins to connect, if it has not begun. */
  start(): void {
    if (this.#state.type === 'idle') {
      this.#connect()
    }
  }

  /** Ends the session, and what the transport keeps beside it, and stops trying. */
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
    await this.#transport.close?.()
  }

  #connect(): void {
    const abort = new AbortController()
    this.#state = { type: 'connecting', opening: this.#open(abort.signal), abort }
  }

  async #open(signal: AbortSignal): Promise<void> {
    let session: S | undefined
    let ended = false
    const { onEntry } = this.#listener
    try {
      const listener = {
        ...this.#listener,
        ...(onEntry && { onEntry: (entry: LiveEntry) => session && onEntry(entry) }),
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
