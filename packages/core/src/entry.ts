/** What L1 holds for one key. Times are in milliseconds of the node's monotonic clock. */
export interface Entry<V> {
  readonly value: V
  /** Position in the log, within the node's epoch, that the loading node had applied when the load started. */
  readonly asOf: number
  /** The value was current at this time: when its load started, or what an L2 hit could prove. */
  readonly freshAt: number
  /** Hard expiry: the entry is not served from this time on. */
  readonly expiresAt: number
  /** Logical expiry: from this time on the value is a stale one, and the reader decides. Never after `expiresAt`. */
  readonly staleAt: number
  readonly tags: readonly string[]
  /** The version of the value in its source, or undefined if values have none. */
  readonly version: number | bigint | undefined
  /** What the entry counts towards a bound of the cost. */
  readonly cost: number
  /** How long the load took, in milliseconds: who refreshes ahead of expiry (XFetch) begins earlier for what is slow. */
  readonly computeMs: number
  /** The tag messages up to this tick of the node's `TagMarkers` are known not to name this entry. */
  verifiedTick: number
}
