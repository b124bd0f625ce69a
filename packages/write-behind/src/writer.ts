import { RedisRefusedError } from '@rescind/bus'
import { backoffMs } from '@rescind/bus/internal'
import { ClosedError } from '@rescind/client'
import { WriteQueueFullError, WriteRefusedError } from './errors.ts'
import type { Line, LineSession } from './line.ts'
import { Pause } from './pause.ts'
import type { Enqueued } from './queue.ts'

export interface WriterOptions {
  readonly region: string
  readonly line: Line
  readonly maxPending: number
  readonly writeTimeoutMs: number
}

interface Waiting {
  readonly id: string
  readonly bytes: Promise<Buffer>
  readonly resolve: (enqueued: NonNullable<Enqueued>) => void
  readonly reject: (error: Error) => void
  timer: NodeJS.Timeout | undefined
  /** How often it was sent and no answer came. */
  unheard: number
}

/** Most writes, and about how many bytes, in one script: while it runs, the server does nothing else. */
const MOST_WRITES = 64
const MOST_BYTES = 2 ** 20
/** What is written meanwhile waits as well. */
const LONGEST_PAUSE_MS = 100

/** Brings the writes of this process into the queue, in the order in which they were made, many at a time. */
export class Writer {
  readonly #options: WriterOptions
  readonly #waiting = new Set<Waiting>()
  readonly #pause = new Pause()
  #pumping: Promise<void> | undefined
  #closed = false
  #attempt = 0
  #lastError: unknown
  /** There was no room for some of what was sent last. */
  #full = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /**
   * @throws {WriteRefusedError}
   * @throws {WriteQueueFullError}
   * @throws {ClosedError}
   */
  write(id: string, bytes: Promise<Buffer>): Promise<NonNullable<Enqueued>> {
    const { region, maxPending, writeTimeoutMs } = this.#options
    if (this.#closed) {
      return Promise.reject(new ClosedError('The write-behind'))
    }
    if (this.#waiting.size >= maxPending) {
      return Promise.reject(new WriteQueueFullError(region, id, maxPending))
    }
    // Looked at when its turn comes, which may never be.
    bytes.catch(() => undefined)
    return new Promise((resolve, reject) => {
      const item: Waiting = { id, bytes, resolve, reject, timer: undefined, unheard: 0 }
      item.timer = setTimeout(() => this.#giveUp(item), writeTimeoutMs)
      this.#waiting.add(item)
      this.#pumping ??= this.#pump()
    })
  }

  /** Takes no more writes, and gives up those that are not acknowledged after `ms`. */
  async close(ms: number): Promise<void> {
    this.#closed = true
    const timer = setTimeout(() => {
      for (const item of this.#waiting) {
        this.#giveUp(item)
      }
      this.#pause.end()
    }, ms)
    await this.#pumping
    clearTimeout(timer)
  }

  async #pump(): Promise<void> {
    // What is written in this turn goes together.
    await Promise.resolve()
    while (this.#waiting.size > 0 && !this.#options.line.closed) {
      const session = await this.#options.line.session(this.#options.writeTimeoutMs)
      const batch = session ? await this.#nextBatch() : []
      if (session && batch.length > 0 && !(await this.#send(session, batch))) {
        this.#attempt += 1
        await this.#pause.wait(Math.min(LONGEST_PAUSE_MS, backoffMs(this.#attempt)))
      }
    }
    this.#pumping = undefined
  }

  /** Those that waited longest, with their bytes. */
  async #nextBatch(): Promise<(readonly [Waiting, Buffer])[]> {
    const batch: (readonly [Waiting, Buffer])[] = []
    let size = 0
    for (const item of this.#waiting) {
      if (batch.length === MOST_WRITES || size > MOST_BYTES) {
        break
      }
      try {
        const bytes = await item.bytes
        size += bytes.length
        batch.push([item, bytes])
      } catch (error) {
        this.#settle(item, () => item.reject(this.#refused(item, error)))
      }
    }
    return batch.filter(([item]) => this.#waiting.has(item))
  }

  /** False if it is to be tried again after a pause. */
  async #send(session: LineSession, batch: readonly (readonly [Waiting, Buffer])[]): Promise<boolean> {
    const { maxPending } = this.#options
    const writes = batch.map(([{ id }, bytes]) => [id, bytes] as const)
    for (const [item] of batch) {
      item.unheard += 1
    }
    try {
      const results = await session.queue.enqueue(writes, maxPending)
      this.#heard(batch)
      if (results.length === 0) {
        await session.close()
        return false
      }
      for (const [index, [item]] of batch.entries()) {
        const result = results[index]
        if (result) {
          this.#settle(item, () => item.resolve(result))
        }
      }
      this.#attempt = 0
      this.#lastError = undefined
      this.#full = results.includes(undefined)
      return !this.#full
    } catch (error) {
      this.#lastError = error
      this.#full = false
      if (error instanceof RedisRefusedError) {
        this.#heard(batch)
        for (const [item] of error.transient ? [] : batch) {
          this.#settle(item, () => item.reject(this.#refused(item, error)))
        }
      }
      return false
    }
  }

  #heard(batch: readonly (readonly [Waiting, Buffer])[]): void {
    for (const [item] of batch) {
      item.unheard -= 1
    }
  }

  #giveUp(item: Waiting): void {
    const { region, maxPending } = this.#options
    const error =
      this.#full && item.unheard === 0
        ? new WriteQueueFullError(region, item.id, maxPending)
        : this.#refused(item, this.#why())
    this.#settle(item, () => item.reject(error))
  }

  #why(): unknown {
    return this.#options.line.lostTo ?? this.#lastError ?? new Error('Redis could not be reached in time')
  }

  #refused(item: Waiting, cause: unknown): WriteRefusedError {
    return new WriteRefusedError(this.#options.region, item.id, item.unheard > 0, cause)
  }

  #settle(item: Waiting, how: () => void): void {
    clearTimeout(item.timer)
    if (this.#waiting.delete(item)) {
      how()
    }
  }
}
