import type { BusStatus, FlushReason, IgnoreReason, Position } from '@rescind/bus'

/** What happens to a cache in the background. For logs, metrics and demonstrations. */
export type CacheEvent =
  /** Keys were invalidated, here or by another process, and are dropped from this one. */
  | {
      readonly type: 'invalidated'
      readonly region: string
      readonly keys: readonly string[]
      readonly position: Position
      /** Wall-clock milliseconds since it was published. */
      readonly lagMs: number
    }
  | {
      readonly type: 'tags-invalidated'
      readonly tags: readonly string[]
      readonly position: Position
      readonly lagMs: number
    }
  | {
      readonly type: 'cleared'
      readonly regions: readonly string[]
      readonly position: Position
      readonly lagMs: number
    }
  /** All values of this process were dropped. */
  | { readonly type: 'flushed'; readonly reason: FlushReason; readonly position: Position }
  | { readonly type: 'status'; readonly status: BusStatus; readonly cause: Error | undefined }
  /** Something came on the channel of the bus that is not from its log. */
  | { readonly type: 'ignored'; readonly reason: IgnoreReason }
  /** Something failed in the background. Reads go on, and what can be tried again is. */
  | { readonly type: 'error'; readonly error: Error }
