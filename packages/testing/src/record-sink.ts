import { closeSync, openSync, writeSync } from 'node:fs'
import type { HistoryRecord } from './history.ts'

/** Where a recorder puts its records. Never throws while something is recorded: what went wrong is said at the end. */
export interface RecordSink {
  /** What is kept in memory. @throws if that is not all. */
  readonly records: readonly HistoryRecord[]
  add(record: HistoryRecord): void
  /** @throws what went wrong. */
  flush(): void
  /** @throws what went wrong. */
  close(): void
}

/** Bytes that wait to be written together, about. */
const BATCH_LENGTH = 64 * 1024

/** Appends to a file, a batch at a time: what a process has flushed, nobody loses who kills it. */
export class FileSink implements RecordSink {
  readonly records: readonly HistoryRecord[] = []
  #descriptor: number | undefined
  #waiting = ''
  #failure: unknown

  /** @throws if the file cannot be opened. */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'a')
  }

  add(record: HistoryRecord): void {
    this.#waiting += `${JSON.stringify(record)}\n`
    if (this.#waiting.length >= BATCH_LENGTH) {
      this.#write()
    }
  }

  flush(): void {
    this.#write()
    if (this.#failure !== undefined) {
      throw this.#failure
    }
  }

  close(): void {
    try {
      this.flush()
    } finally {
      if (this.#descriptor !== undefined) {
        closeSync(this.#descriptor)
        this.#descriptor = undefined
      }
    }
  }

  #write(): void {
    const batch = Buffer.from(this.#waiting)
    this.#waiting = ''
    try {
      for (let written = 0; written < batch.length && this.#failure === undefined; ) {
        if (this.#descriptor === undefined) {
          throw new Error('The recorder was closed, and then asked to record')
        }
        written += writeSync(this.#descriptor, batch, written)
      }
    } catch (error) {
      this.#failure ??= error
    }
  }
}

/** Keeps records in memory, up to a number. */
export class MemorySink implements RecordSink {
  readonly #records: HistoryRecord[] = []
  readonly #most: number
  #overflowed = false

  constructor(most: number) {
    this.#most = most
  }

  /** @throws if there were more than it may keep. */
  get records(): readonly HistoryRecord[] {
    this.flush()
    return this.#records
  }

  add(record: HistoryRecord): void {
    if (this.#records.length < this.#most) {
      this.#records.push(record)
    } else {
      this.#overflowed = true
    }
  }

  flush(): void {
    if (this.#overflowed) {
      throw new Error(`More than ${this.#most} records; raise maxRecords, or record to a file`)
    }
  }

  close(): void {
    this.flush()
  }
}
