import type { FlushReason, Message } from '@rescind/bus'
import type { Servers } from './session.ts'

/** What connects a process with the world. */
export interface Wiring {
  readonly servers: Servers
  /** Connections were lost; what was sent on them may be executed yet. */
  readonly onCut: (late: readonly (() => void)[]) => void
}

/** What a node tells of what it does. */
export interface Witness {
  readonly onApply: (nodeId: string, message: Message) => void
  /** @param forged for a broadcast that nobody sent. */
  readonly onFlush: (nodeId: string, reason: FlushReason, forged: boolean) => void
}
