/** What L1 holds for one key. Times are in milliseconds of the node's monotonic clock. */
export interface Entry<V> {
  readonly value: V
  /** Position in the log, within the node's epoch, that the loading node had applied when the load started. */
  readonly asOf: number
  /** The value was current at this time: when its load started, or what an L2 hit could prove. */
  readonly freshAt: number
  /** The entry is not served from this time on. */
  readonly expiresAt: number
  readonly tags: readonly string[]
  /** The tag messages up to this tick of the node's `TagMarkers` are known not to name this entry. */
  verifiedTick: number
}
