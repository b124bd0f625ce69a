import type { Message } from './message.ts'
import type { Position } from './position.ts'
import type { FlushReason } from './replica-event.ts'

/** `live`: connected, and every message that was heard of is applied. Without it, reads still work. */
export type BusStatus = 'idle' | 'connecting' | 'syncing' | 'live' | 'closed'

/** `foreign`: bytes that are no broadcast of a known version; `forged`: a broadcast that is not from the log. */
export type IgnoreReason = 'foreign' | 'forged'

/** What a member of the bus does with what it hears. Called in the order of the log; must not throw. */
export interface BusListener {
  /** Entries that this message names and that were loaded before `position` are dead. May be called twice for one. */
  onMessage(message: Message, position: Position): void
  /** Every entry is dead, and every load in flight is doomed. */
  onFlush(reason: FlushReason, position: Position): void
  onStatus?(status: BusStatus, cause: Error | undefined): void
  /** Who waits for something under this key should look again. Anyone may say so: it is no more than a hint. */
  onWake?(key: string): void
  /** A new value stands under this key, in place of one that was invalidated. A hint like `onWake`. */
  onRenewed?(key: string): void
  /** Something came on the channel that has no business there, and was ignored. */
  onIgnored?(reason: IgnoreReason): void
  /** Something failed in the background. What can be tried again is. */
  onError?(error: Error): void
}
