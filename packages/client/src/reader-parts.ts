import type { Isolation, L1Cache, RegionMarker } from '@rescind/core'
import type { BackOffs } from './back-offs.ts'
import type { CacheNode } from './cache-node.ts'
import type { FlightTable } from './flight-table.ts'
import type { L2Store } from './l2-store.ts'
import type { Latencies } from './latencies.ts'
import type { Loader } from './loader.ts'
import type { ResolvedRegion } from './region-options.ts'
import type { RegionStats } from './region-stats.ts'

/** What the reads of one region work with. */
export interface ReaderParts<V> {
  readonly name: string
  readonly options: ResolvedRegion<V>
  readonly node: CacheNode
  readonly l1: L1Cache<V>
  readonly marker: RegionMarker
  readonly l2: L2Store<V>
  readonly loader: Loader<V>
  readonly backOffs: BackOffs
  /** Keeps those apart who share a flight. */
  readonly isolation: Pick<Isolation, 'give'>
  readonly flights: FlightTable<V>
  readonly stats: RegionStats
  readonly latencies: Readonly<Record<'l2' | 'load', Latencies>>
}
