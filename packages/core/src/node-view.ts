import type { TagMarkers } from './tag-markers.ts'

/** What a node knows about its own freshness: all that decides, beside an entry, whether the entry may be served. */
export interface NodeView {
  /** At this time of the monotonic clock the node is proven to have applied every message there was. */
  readonly provenAt: number
  /** Whether only the node's own proof counts, and not when a value was loaded. */
  readonly strict: boolean
  /** The bound B: no value is served whose last proof of freshness is older, in milliseconds. */
  readonly maxStalenessMs: number
  readonly markers: TagMarkers
}
