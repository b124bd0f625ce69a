import type { FlushReason, Message } from '@rescind/bus'
import { Link, type LinkListener } from './link.ts'
import type { Server } from './server.ts'
import { Session } from './session.ts'
import type { SimNode } from './sim-node.ts'

/** What connects a process with the world. */
export interface Wiring {
  readonly log: Server
  /** The same as `log`, unless the values are on a server of their own. */
  readonly values: Server
  /** A connection was lost; what was sent on it may be executed yet. */
  readonly onCut: (late: () => void) => void
  readonly onApply: (node: SimNode, message: Message) => void
  readonly onFlush: (node: SimNode, reason: FlushReason) => void
}

export function openSession({ log, values }: Wiring, listener: LinkListener): Session {
  const link = new Link(log, listener)
  return new Session(link, values === log ? link : new Link(values, { onReadOnly: listener.onReadOnly }))
}
