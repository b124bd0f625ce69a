/** What went wrong with a write so far. */
export interface Tried {
  /** Tries that have failed. */
  readonly attempts: number
}

/**
 * Which writes are saved in one call, in their order. One that has failed goes with half as many others each time, and in the end
 * alone: a call fails for all that are in it, and none of them is to be given up for another.
 */
export function batchesOf<T extends Tried>(writes: readonly T[], batchSize: number, maxAttempts: number): T[][] {
  const batches: T[][] = []
  let batch: T[] = []
  let room = 0
  for (const write of writes) {
    const last = write.attempts >= maxAttempts - 1
    const limit = last ? 1 : Math.max(1, Math.floor(batchSize / 2 ** write.attempts))
    if (batch.length > 0 && batch.length < Math.min(room, limit)) {
      batch.push(write)
      room = Math.min(room, limit)
    } else {
      batch = [write]
      room = limit
      batches.push(batch)
    }
  }
  return batches
}

/** How long to wait after so many failed tries: doubled by each, and a random quarter less, so that they do not come together. */
export function retryPauseMs(attempts: number, firstMs: number, longestMs: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 31))
  return Math.ceil(full * (1 - Math.random() / 4))
}
