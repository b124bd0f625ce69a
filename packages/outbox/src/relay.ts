import { type Clock, monotonicClock } from '@rescind/options'
import { RelayTimeoutError, SourceLostError } from './errors.ts'
import { Latch } from './latch.ts'
import type { Backlog, OutboxRow, Settlement, SourceSession } from './outbox-source.ts'
import type { RelayEvent, RelayStatus } from './relay-event.ts'
import { type RelayOptions, type ResolvedRelay, resolveRelay } from './relay-options.ts'
import { sayRows } from './say-rows.ts'
import { within } from './within.ts'

export interface RelayStats {
  readonly status: RelayStatus
  /** Rows that this relay has broadcast and removed. */
  readonly relayed: number
  /** Times that it postponed a row. */
  readonly postponed: number
  /** What stood in the outbox when it last looked, which it does once a second; undefined before that. */
  readonly backlog: Backlog | undefined
}

/** Broadcasts what transactions have written to the outbox, at least once. Any number of them may run side by side. */
export interface Relay {
  /**
   * Begins. True once it is connected to the database, false if that takes longer than `connectTimeout`: then it goes on
   * trying. Never rejects.
   */
  start(): Promise<boolean>
  stats(): RelayStats
  /**
   * Finishes the rows in hand, or leaves them to others if that takes longer than 3 s, and disconnects. Never rejects. Any
   * number of times.
   */
  close(): Promise<void>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Does no I/O until it is started. @throws {InvalidArgumentError} */
export function createRelay(options: RelayOptions): Relay {
  return new OutboxRelay(resolveRelay(options))
}

/** Rows are held for so long at most, whatever the publisher allows itself. */
const SAY_MS = 10_000
const CLOSE_MS = 3_000
const LOOK_MS = 1_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
const QUEUE_LOOK_MS = 100
const LONGEST_QUEUE_MS = 30_000

class OutboxRelay implements Relay {
  readonly #options: ResolvedRelay
  readonly #clock: Clock = monotonicClock
  /** There may be rows, or an end to wait for them. */
  readonly #wake = new Latch()
  readonly #leaving = new Latch()
  readonly #abort = new AbortController()
  readonly #starting = new Set<() => void>()
  #giveUp: (() => void) | undefined
  #session: SourceSession | undefined
  #status: RelayStatus = 'idle'
  #running: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined
  #failures = 0
  #relayed = 0
  #postponed = 0
  #backlog: Backlog | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: ResolvedRelay) {
    this.#options = options
  }

  start(): Promise<boolean> {
    if (this.#status === 'idle' && !this.#left) {
      this.#setStatus('connecting', undefined)
      this.#running = this.#run()
    }
    if (this.#status === 'live' || this.#left) {
      return Promise.resolve(this.#status === 'live')
    }
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#starting.delete(settle)
        resolve(this.#status === 'live')
      }
      const timer = setTimeout(settle, this.#options.connectTimeoutMs)
      this.#starting.add(settle)
    })
  }

  stats(): RelayStats {
    return { status: this.#status, relayed: this.#relayed, postponed: this.#postponed, backlog: this.#backlog }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #left(): boolean {
    return this.#abort.signal.aborted
  }

  async #close(): Promise<void> {
    this.#abort.abort()
    this.#leaving.set()
    this.#wake.set()
    try {
      await within(this.#running, CLOSE_MS, 'Finishing the rows in hand')
    } catch {
      this.#giveUp?.()
      await this.#session?.close()
      await this.#running
    }
    this.#setStatus('closed', undefined)
  }

  async #run(): Promise<void> {
    while (!this.#left) {
      try {
        await this.#serve()
      } catch (error) {
        if (!this.#left) {
          const cause = errorOf(error)
          this.#setStatus('connecting', cause)
          await this.#pause(cause)
        }
      }
    }
  }

  /** Until this relay is closed; rejects if the session is lost before. */
  async #serve(): Promise<void> {
    let lost: SourceLostError | undefined
    const listener = {
      onWake: () => this.#wake.set(),
      onClose: (cause: Error | undefined) => {
        lost = new SourceLostError(cause)
        this.#wake.set()
      },
    }
    const session = await this.#options.source.open(listener, this.#abort.signal)
    this.#session = session
    try {
      this.#setStatus('live', undefined)
      while (!this.#left) {
        // What comes to be from here on sets it again, so nothing is waited for that is there.
        this.#wake.reset()
        if (lost) {
          throw lost
        }
        const more = await this.#relay(session)
        await this.#look(session)
        if (!more && !this.#left) {
          await this.#wake.wait(this.#options.pollMs)
        }
      }
    } finally {
      this.#session = undefined
      await session.close()
    }
  }

  /** Relays a batch. True if there may be another one. */
  async #relay(session: SourceSession): Promise<boolean> {
    const { batchSize } = this.#options
    let failure: unknown
    let rows: readonly OutboxRow[] = []
    let settlement: Settlement | undefined
    const taken = await session.take(batchSize, async (those) => {
      rows = those
      try {
        settlement = await this.#say(those)
      } catch (error) {
        failure = error
      }
      return settlement
    })
    if (settlement) {
      this.#account(rows, settlement)
    }
    if (failure !== undefined || (taken > 0 && settlement?.said.length === 0)) {
      await this.#pause(failure === undefined ? undefined : errorOf(failure))
      return true
    }
    this.#failures = 0
    return taken === batchSize
  }

  async #say(rows: readonly OutboxRow[]): Promise<Settlement> {
    const givenUp = new Promise<never>((_, reject) => {
      this.#giveUp = () => reject(new RelayTimeoutError('Finishing the rows in hand', CLOSE_MS))
    })
    const said = within(sayRows(rows, this.#options.publisher), SAY_MS, 'Broadcasting')
    return await Promise.race([said, givenUp])
  }

  #account(rows: readonly OutboxRow[], { said, postponed }: Settlement): void {
    this.#relayed += said.length
    if (said.length > 0) {
      this.#emit({ type: 'relayed', rows: said.length })
    }
    for (const { id, forMs, error } of postponed) {
      const row = rows.find((each) => each.id === id)
      if (row && forMs === undefined) {
        this.#emit({ type: 'dead', row, error })
      } else if (row && forMs !== undefined) {
        this.#postponed += 1
        this.#emit({ type: 'postponed', row, error, forMs })
      }
    }
  }

  async #look(session: SourceSession): Promise<void> {
    const now = this.#clock()
    if (now - this.#lookedAt >= LOOK_MS && !this.#left) {
      this.#backlog = await session.backlog()
      this.#lookedAt = now
    }
  }

  /** After a failure: for a random time below a limit that doubles, so that many relays do not come back at once. */
  async #pause(error: Error | undefined): Promise<void> {
    if (error) {
      this.#emit({ type: 'error', error })
    }
    const limitMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    await this.#leaving.wait(Math.random() * limitMs)
    // What was not acknowledged in time goes out when Redis is back: the same rows would only queue up behind it.
    const { publisher } = this.#options
    const until = this.#clock() + LONGEST_QUEUE_MS
    while (publisher.queued > 0 && !this.#left && this.#clock() < until) {
      await this.#leaving.wait(QUEUE_LOOK_MS)
    }
  }

  #setStatus(status: RelayStatus, cause: Error | undefined): void {
    if (this.#status === status) {
      return
    }
    this.#status = status
    for (const settle of status === 'connecting' ? [] : this.#starting) {
      settle()
    }
    this.#emit({ type: 'status', status, cause })
  }

  #emit(event: RelayEvent): void {
    const { onEvent } = this.#options
    if (onEvent) {
      Promise.resolve(event).then(onEvent).catch(warn)
    }
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** What `onEvent` throws is not ours to crash for, and not to be lost either. */
function warn(error: unknown): void {
  process.emitWarning(`onEvent threw: ${errorOf(error).message}`, 'RescindWarning')
}
