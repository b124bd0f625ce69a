import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Position } from './position.ts'

/**
 * Why all that a node holds was dropped. `joined`: its first contact, when there is nothing to compare with; `epoch`:
 * a new epoch (restart, failover, lost log, or a clear that this node was away for); `cleared`: somebody cleared
 * everything; `fork`: the log is not the one that was applied, or was trimmed past it; `unreadable`: a message that
 * this release does not know.
 */
export type FlushReason = 'joined' | 'epoch' | 'cleared' | 'fork' | 'unreadable'

/** What a server says of its log in answer to a beat. */
export interface LogState {
  readonly tail: Tail
  /** Which server it is, and which time that it is a primary: the epoch is bound to it. */
  readonly incarnation: string
}

export type ReplicaEvent =
  /** A session is open and its subscription acknowledged. A beat must follow. */
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** A broadcast was heard. */
  | { readonly type: 'heard'; readonly entry: LiveEntry }
  /** A publish of this node was acknowledged. */
  | { readonly type: 'appended'; readonly entry: LiveEntry }
  /** The reply to a beat, with what was noted before the beat was sent: the time, and what was applied. */
  | ({ readonly type: 'beat' } & BeatReport)
  /** The reply to a `fetch`. `full`: there may be more after it. */
  | { readonly type: 'page'; readonly from: Tail; readonly entries: readonly LogEntry[]; readonly full: boolean }

export type ReplicaEffect =
  | { readonly type: 'apply'; readonly message: Message; readonly position: Position }
  /** Drop everything and doom every load in flight; the node continues at `position`. */
  | { readonly type: 'flush'; readonly reason: FlushReason; readonly position: Position }
  /** Read the log from this tail on, inclusive. */
  | { readonly type: 'fetch'; readonly from: Tail }
  /** Send a beat now. */
  | { readonly type: 'beat' }
  /** What was heard does not come from the log, and was ignored. */
  | { readonly type: 'forged' }

export interface BeatReport {
  readonly sentAt: number
  readonly appliedAtSend: Tail | undefined
  readonly state: LogState
}
