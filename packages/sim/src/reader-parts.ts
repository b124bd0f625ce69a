import type { NodeView, RegionMarker, TagHistory } from '@rescind/core'
import type { Item } from './catalogue.ts'
import type { Context } from './context.ts'
import type { SimFlights } from './flights.ts'
import type { Coroutine, Future } from './future.ts'
import type { HeldL1 } from './held-l1.ts'
import type { Loop } from './loop.ts'
import type { Session } from './session.ts'
import type { SimBus } from './sim-bus.ts'

/** A lease, and the session on which it was granted. */
export interface Grant {
  readonly id: string
  readonly token: string
  readonly session: Session
}

/** What reads need of the process they are in. */
export interface ReaderNode extends NodeView {
  readonly context: Context
  readonly clock: () => number
  readonly loop: Loop
  readonly bus: SimBus
  readonly history: TagHistory
  readonly contacted: boolean
  readonly contact: Future<void>
  /** Leases of loads under way. */
  readonly held: Set<Grant>
  readonly isProven: (now: number, withinMs: number) => Coroutine<boolean>
  readonly load: (item: Item) => Future<number>
}

/** What reads need of the region they are for. */
export interface ReaderRegion {
  readonly name: string
  readonly l1: HeldL1
  readonly marker: RegionMarker
  readonly flights: SimFlights
}
