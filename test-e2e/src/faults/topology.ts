import type { Fault } from './fault.ts'
import type { Connection } from './member-handle.ts'

/** The servers of a run. */
export interface Topology {
  /** A way to them for one process, over links of its own. */
  connect(): Promise<Connection>
  /** What can become of the servers. */
  readonly faults: readonly Fault[]
  stop(): Promise<void>
}

/** The name of the bus of every run. */
export const BUS = 'faults'
