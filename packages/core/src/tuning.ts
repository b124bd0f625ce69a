/** How a cache chooses what goes. Nothing has to move for it to follow another one. */
export interface Tuning {
  /** The share of all entries that are on probation; 0 for none, and then the least recently used goes. */
  readonly probation: number
  /** If set, one in so many new keys goes to the main queue at once, and a key that comes back is as any other. */
  readonly oneIn?: number
}

/** LRU: best where recency is all that counts. */
export const RECENCY: Tuning = { probation: 0 }
/** S3-FIFO: what is popular stays, and scans pass by. */
export const POPULARITY: Tuning = { probation: 0.15 }
/** What is held stays, whatever comes: best for a loop that does not fit. */
export const PERSISTENCE: Tuning = { probation: 0.03, oneIn: 16 }
/** S3-FIFO with more time to come back: between the first two. */
export const PATIENCE: Tuning = { probation: 0.5 }
