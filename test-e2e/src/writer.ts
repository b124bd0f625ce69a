/** A write service: commits to the database, then broadcasts. It has no cache. */
export type WriterMethods = {
  open(options: WriterOptions): void
  /** Commits and broadcasts each item, all at once; resolves when all are acknowledged. */
  write(ids: readonly string[]): Promise<Write[]>
  /** As `write`, but a broadcast that is not acknowledged in time is no error: its `ackedAt` is infinite. */
  tryWrite(ids: readonly string[]): Promise<Write[]>
  /** Commits the items and broadcasts the tag alone; resolves to the versions. */
  writeTagged(tag: string, ids: readonly string[]): Promise<number[]>
  /** Resolves to how many broadcasts were given up. */
  close(): Promise<number>
}

export interface WriterOptions {
  readonly name: string
  readonly redis: string
  readonly databaseUrl: string
}

/** One write, timed by the writer by the clock of the machine. */
export interface Write {
  readonly id: string
  readonly version: number
  /** When its broadcast was acknowledged. */
  readonly ackedAt: number
  /** Where in the log the broadcast stands, as `epoch-seq`; empty if it was not acknowledged. */
  readonly position: string
}
