import { backoffMs } from '@rescind/bus/internal'
import { type Clock, monotonicClock } from '@rescind/options'
import { batchesOf, retryPauseMs } from './batches.ts'
import { SaversLostError, WriteUnreadableError } from './errors.ts'
import type { Line, LineSession } from './line.ts'
import type { Bytes } from './overlay.ts'
import { Pause } from './pause.ts'
import type { Queue, Settled, Settlement, Taken } from './queue.ts'
import { callSave } from './save-call.ts'
import type { Save, Write } from './write.ts'
import type { WriteBehindEvent } from './write-behind-event.ts'
import type { ResolvedQueue } from './write-behind-options.ts'

type Limits = Pick<
  ResolvedQueue<unknown>,
  'batchSize' | 'batchWaitMs' | 'saveTimeoutMs' | 'leaseMs' | 'maxAttempts' | 'retryPauseMs' | 'maxRetryPauseMs'
>

export interface SaverOptions<V> extends Limits {
  readonly region: string
  readonly line: Line
  readonly bytes: Bytes<V>
  readonly save: Save<V>
  /** Tells every process that the values of these ids are not current any more. */
  readonly invalidate: (ids: readonly string[]) => Promise<unknown>
  readonly emit: (event: WriteBehindEvent) => void
  readonly clock?: Clock
}

interface Readable<V> extends Taken {
  readonly value: V
}

/** What this process holds, and until when nobody else takes it. */
interface Hold {
  untilMs: number
}

/** How long one command waits for work, and so the longest that `close()` waits for it. */
const BLOCK_MS = 250
/** How long to wait for a connection before looking whether it is still wanted. */
const AWAY_MS = 1_000

/**
 * Takes writes out of the queue, saves them, tells the caches and lets them go, in that order: a process that dies in
 * between leaves it to another one to do the rest.
 */
export class Saver<V> {
  readonly #options: SaverOptions<V>
  readonly #clock: Clock
  readonly #pause = new Pause()
  /** By its entry of the stream. */
  readonly #held = new Map<string, Taken>()
  #running: Promise<void> | undefined
  #cursor = '0-0'
  #more = false
  #failures = 0
  #told: string | undefined
  saved = 0
  retries = 0
  dead = 0
  failures = 0

  constructor(options: SaverOptions<V>) {
    this.#options = options
    this.#clock = options.clock ?? monotonicClock
  }

  /** Writes that this process has in hand. */
  get inFlight(): number {
    return this.#held.size
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Begins no further call of `save`, and resolves when the one under way is over and settled. */
  async stop(): Promise<void> {
    this.#pause.end()
    await this.#running
  }

  async #run(): Promise<void> {
    let attempt = 0
    while (!this.#pause.ended && !this.#options.line.closed) {
      const session = await this.#options.line.session(AWAY_MS)
      if (!session || this.#pause.ended) {
        continue
      }
      try {
        await this.#turn(session)
        attempt = 0
        this.#told = undefined
      } catch (error) {
        attempt += 1
        this.#more = true
        this.#tell(error)
        if (isGone(error)) {
          await session.close()
        }
        await this.#pause.wait(backoffMs(attempt))
      }
    }
  }

  async #turn(session: LineSession): Promise<void> {
    const { batchSize, batchWaitMs, leaseMs, maxRetryPauseMs } = this.#options
    if (!this.#more && (await session.hasWork(BLOCK_MS))) {
      await this.#pause.wait(batchWaitMs)
    }
    if (this.#pause.ended) {
      return
    }
    // Before it is asked: the server begins to count later.
    const hold = { untilMs: this.#clock() + leaseMs }
    const [cursor, taken] = await session.queue.take(batchSize, leaseMs, maxRetryPauseMs, this.#cursor)
    this.#cursor = cursor
    this.#more = taken.length > 0
    for (const one of taken) {
      this.#held.set(one.entry, one)
    }
    try {
      await this.#handle(session.queue, taken, hold)
    } catch (error) {
      // Others may be able to do what this process cannot. If it cannot say so, they take it when its time is up.
      await session.queue.giveBack([...this.#held.values()]).catch(() => undefined)
      throw error
    } finally {
      this.#held.clear()
    }
  }

  async #handle(queue: Queue, taken: readonly Taken[], hold: Hold): Promise<void> {
    const { batchSize, maxAttempts } = this.#options
    await this.#conclude(
      queue,
      taken.filter(({ bytes }) => bytes === undefined),
    )
    const readable: Readable<V>[] = []
    const failed = new Map<Taken, unknown>()
    for (const one of taken) {
      const error = one.bytes && (await this.#read(one, one.bytes, readable))
      if (error) {
        failed.set(one, error)
      }
    }
    if (failed.size > 0) {
      await this.#settle(queue, [...failed.keys()], failed)
    }
    for (const batch of batchesOf(readable, batchSize, maxAttempts)) {
      if (this.#pause.ended) {
        return
      }
      const kept = await this.#keep(queue, batch, hold)
      if (kept.length > 0) {
        await this.#save(queue, kept)
      }
    }
  }

  /** Adds it to those that can be saved; else says why it cannot. */
  async #read(one: Taken, bytes: Uint8Array, readable: Readable<V>[]): Promise<Error | undefined> {
    if (one.attempts >= this.#options.maxAttempts) {
      return new SaversLostError(one.attempts)
    }
    const decoded = await this.#options.bytes.decode(bytes)
    if (!decoded) {
      return new WriteUnreadableError(this.#options.region, one.id)
    }
    readable.push({ ...one, value: decoded.value })
    return undefined
  }

  /** Those of the batch that are this process's for as long as saving them may take. */
  async #keep(queue: Queue, batch: readonly Readable<V>[], hold: Hold): Promise<readonly Readable<V>[]> {
    const { leaseMs, saveTimeoutMs } = this.#options
    if (this.#clock() + saveTimeoutMs <= hold.untilMs) {
      return batch
    }
    const asked = this.#clock()
    const kept = await queue.renew([...this.#held.keys()])
    hold.untilMs = asked + leaseMs
    for (const entry of this.#held.keys()) {
      if (!kept.has(entry)) {
        this.#held.delete(entry)
      }
    }
    const still = batch.filter(({ entry }) => kept.has(entry))
    return this.#clock() + saveTimeoutMs <= hold.untilMs ? still : []
  }

  async #save(queue: Queue, batch: readonly Readable<V>[]): Promise<void> {
    const { save, region, saveTimeoutMs, emit } = this.#options
    const writes: Write<V>[] = batch.map(({ id, value, sequence }) => ({ id, value, sequence }))
    const beganAt = this.#clock()
    const { failures, all } = await callSave(save, writes, { region, timeoutMs: saveTimeoutMs })
    const ms = this.#clock() - beganAt
    const failed = new Map(batch.filter(({ id }) => failures.has(id)).map((one) => [one, failures.get(one.id)]))
    const ids = batch.filter((one) => !failed.has(one)).map(({ id }) => id)
    if (ids.length > 0) {
      this.saved += ids.length
      emit({ type: 'saved', ids, ms })
    }
    await this.#settle(queue, batch, failed)
    if (all) {
      // Most likely the source is away: it is not asked again at once for the next ones.
      this.#failures += 1
      await this.#pause.wait(backoffMs(this.#failures))
    } else {
      this.#failures = 0
    }
  }

  async #settle<T extends Taken>(queue: Queue, batch: readonly T[], failed: ReadonlyMap<T, unknown>): Promise<void> {
    const settlements = batch.map((one) => (failed.has(one) ? this.#failure(one, failed.get(one)) : saved(one)))
    const results = await queue.settle(settlements)
    for (const [index, settlement] of settlements.entries()) {
      this.#report(settlement, results[index])
    }
    const cleared = batch.filter((_, index) => results[index] === 'cleared')
    // Also where another process has taken the key over, or there is a newer write: the source has changed.
    const changed = batch.filter((one) => !failed.has(one) || cleared.includes(one))
    await this.#conclude(queue, cleared, changed)
    for (const { entry } of batch) {
      this.#held.delete(entry)
    }
  }

  /** Tells the caches of what has changed, and lets go of what is done with. */
  async #conclude(queue: Queue, done: readonly Taken[], changed: readonly Taken[] = done): Promise<void> {
    if (changed.length > 0) {
      await this.#options.invalidate(changed.map(({ id }) => id))
    }
    if (done.length > 0) {
      await queue.finish(done)
    }
  }

  #failure(taken: Taken, error: unknown): Settlement {
    const { maxAttempts, retryPauseMs: first, maxRetryPauseMs } = this.#options
    const attempts = taken.attempts + 1
    if (attempts < maxAttempts) {
      return { taken, what: 'retry', attempts, error, pauseMs: retryPauseMs(attempts, first, maxRetryPauseMs) }
    }
    return { taken, what: 'dead', attempts: Math.min(attempts, maxAttempts), error }
  }

  #report(settlement: Settlement, result: Settled | undefined): void {
    if (settlement.what === 'saved') {
      return
    }
    const { what, taken, attempts, error } = settlement
    const { id, sequence } = taken
    this.failures += 1
    if (what === 'retry' && result === 'waits') {
      this.retries += 1
      this.#options.emit({ type: 'retry', id, sequence, attempts, error, pauseMs: settlement.pauseMs })
    } else if (what === 'dead' && result === 'cleared') {
      this.dead += 1
      this.#options.emit({ type: 'dead', id, sequence, attempts, error })
    }
  }

  #tell(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    if (this.#told !== error.message && !this.#pause.ended) {
      this.#told = error.message
      this.#options.emit({ type: 'error', error })
    }
  }
}

/** The group, or the queue, is not there any more: it is made when a connection is opened. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOGROUP')
}

function saved(taken: Taken): Settlement {
  return { taken, what: 'saved' }
}
