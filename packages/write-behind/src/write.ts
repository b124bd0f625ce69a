/** A write that `save` is to carry out. */
export interface Write<V, K extends string = string> {
  readonly id: K
  /** The newest value of this id; earlier ones that were not saved in time are skipped. */
  readonly value: V
  /**
   * Grows with each write of the region, whichever process made it; a safe integer, about the microseconds since 1970. Make the
   * save conditional on it (`... WHERE sequence < $n`), and no old value ever overwrites a newer one.
   */
  readonly sequence: number
}

/** What `save` gets beside the writes. */
export interface SaveContext {
  /** Aborted when the call takes longer than `saveTimeout`: the writes will be given to another call. */
  readonly signal: AbortSignal
}

/** Errors by id, for the writes that could not be saved. */
export type SaveFailures = ReadonlyMap<string, Error>

/**
 * Brings writes to the source of truth; of one id there is at most one in a call. What it throws is for all of them; nothing is
 * returned when all are saved.
 */
export type Save<V, K extends string = string> = (
  writes: readonly Write<V, K>[],
  context: SaveContext,
) => Promise<SaveFailures | undefined> | Promise<void> | SaveFailures | undefined | void
