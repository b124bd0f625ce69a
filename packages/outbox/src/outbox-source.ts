/** Something that a committed transaction said is no longer current, as it stands in the outbox: not checked by anybody yet. */
export interface OutboxRow {
  /** Tells rows of one outbox apart. */
  readonly id: string
  /** As the `kind` of a message of the bus. */
  readonly kind: unknown
  /** Of keys; null for anything else. */
  readonly region: unknown
  /** Keys, tags, or regions. */
  readonly names: unknown
  /** For each name its version; null for anything but a bump. */
  readonly versions: unknown
  /** How often it was postponed. */
  readonly attempts: number
}

/** What becomes of rows that were taken. */
export interface Settlement {
  /** Broadcast: to be removed. */
  readonly said: readonly string[]
  /** Not to be taken again before that many milliseconds; undefined: never, it stays for somebody to look at. */
  readonly postponed: readonly {
    readonly id: string
    readonly forMs: number | undefined
    readonly error: string
  }[]
}

/** What stands in the outbox. */
export interface Backlog {
  /** To be broadcast, by anybody. */
  readonly pending: number
  /** That can never be broadcast. */
  readonly dead: number
  /** How long ago the oldest of the pending was written, in ms. 0 if there is none. */
  readonly oldestMs: number
}

export interface SourceListener {
  /** There may be rows. */
  onWake(): void
  /** The session ended; called once, also for one that was closed. */
  onClose(cause: Error | undefined): void
}

/**
 * Where rows are that transactions have written. To be relied on:
 *
 * - A row can be taken as soon as its transaction has committed, in whatever order they commit, and not before.
 * - What is taken in one session nobody else takes meanwhile.
 * - What is not settled can be taken again: at once if `settle` says so or the session ends, whatever ends it, and soon
 *   where nobody can tell that it has ended.
 * - A row may be taken again though it was settled, if the answer got lost. It is never gone if it was not.
 */
export interface OutboxSource {
  /**
   * Opens a session. Rejects in bounded time if that cannot be done, or when the signal is aborted, and leaves nothing
   * open then. `onWake` is called after each commit of rows where that can be known; whatever it misses is found by
   * asking now and then.
   */
  open(listener: SourceListener, signal: AbortSignal): Promise<SourceSession>
}

/**
 * A connection, for one call at a time. Each rejects in bounded time if it is lost, and not otherwise; after that it is
 * to be closed, which can be done at any time.
 */
export interface SourceSession {
  /**
   * Takes up to `limit` rows, oldest first, and does with them what `settle` says; with undefined they stay as they were.
   * `settle` is not called if there are none, and never rejects. Resolves with their number.
   */
  take(limit: number, settle: (rows: readonly OutboxRow[]) => Promise<Settlement | undefined>): Promise<number>
  backlog(): Promise<Backlog>
  /** Ends it, and what is under way in it, in bounded time. Never rejects. Any number of times. */
  close(): Promise<void>
}
