/** How a cache chooses what goes. Nothing has to move for it to follow another one. */
export interface Tuning {
  /** The share of all entries that are on probation; 0 for none, and then the least recently used goes. */
  readonly probation: number
  /** If set, one in so many new keys goes to the main queue at once, and a key that comes back is as any other. */
  readonly oneIn?: number
}

/** What was used least recently goes: best where recency is all that counts. */
export const RECENCY: Tuning = { probation: 0 }

/** What an adaptive policy chooses between, the first to begin with. */
export const TUNINGS: readonly Tuning[] = [
  // S3-FIFO: what is popular stays, and scans pass by.
  { probation: 0.1 },
  RECENCY,
  // What is held stays, whatever comes: best for a loop that does not fit.
  { probation: 0.03, oneIn: 16 },
  // Between the first two: many keys come back, but not soon.
  { probation: 0.5 },
]
