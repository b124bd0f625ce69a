import type { Fault } from './fault.ts'
import type { Key } from './keys.ts'
import type { Loop, Role } from './member.ts'
import type { Topology } from './topology.ts'
import type { World } from './world.ts'

/** A fleet, what it does, and what becomes of it. */
export interface Scenario {
  readonly name: string
  readonly start: () => Promise<Topology>
  readonly nodes: number
  readonly publishers: number
  /** Of the outbox, through which all is told then. Default 0. */
  readonly relays?: number
  readonly maxStalenessMs: number
  readonly strict?: boolean
  /** What processes do, by their role. */
  readonly loopsOf: (role: Role) => readonly Loop[]
  /** Of those there are: the ones of the topology, of the network and of processes. */
  readonly wants: (fault: Fault) => boolean
  /** Loads of values that have versions are answered by a replica that lags by up to so much. Default: by the primary. */
  readonly lagMs?: number
  /** Whose values are looked at when all is quiet. Default: `KEYS`. */
  readonly keys?: readonly Key[]
  /** Whether faults of different lanes may last at the same time. */
  readonly combined: boolean
  /** How long a short run lasts. */
  readonly shortMs: number
  /** Waits for Redis and for other processes for longer than a slow machine needs, and so is held to one load for each version. */
  readonly patient?: boolean
  /** In place of loops and faults. */
  readonly drive?: (world: World, durationMs: number) => Promise<void>
}
