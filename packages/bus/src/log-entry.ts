import type { Message } from './message.ts'
import { comparePositions, type Position } from './position.ts'

/** The end of a log: its last position, and the chain that stands for all that came before it. */
export interface Tail {
  readonly position: Position
  /** `sha1hex(previous chain .. message id .. incarnation)`: equal chains mean equal histories, equal positions do not. */
  readonly chain: string
}

/** One position under one chain: one history. */
export function sameEntry(a: Tail, b: Tail): boolean {
  return a.chain === b.chain && comparePositions(a.position, b.position) === 0
}

/** Of one or more, the one at the highest position. */
export function lastOf(tails: readonly Tail[]): Tail {
  return tails.reduce((a, b) => (comparePositions(a.position, b.position) > 0 ? a : b))
}

export interface LogEntry extends Tail {
  /** Undefined if it is of a version or kind that this release does not know: it may concern anything. */
  readonly message: Message | undefined
}

/** An entry as it is published: it also says what it was appended to. */
export interface LiveEntry extends LogEntry {
  /** The chain of the entry before it; empty for the first of an epoch. */
  readonly previous: string
  /** The id of its message, also of one that cannot be read or is none: where an epoch begins since history was lost. */
  readonly id: string
}
