import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Position } from './position.ts'
import type { RedisCommands } from './redis-commands.ts'

/** Who beats: its id is kept among the members for a while. */
export interface Beat {
  readonly nodeId: string
  /** The highest epoch that the caller has seen; a new one is above it. 0 if it has seen none. */
  readonly knownEpoch: number
}

/** What Redis knows of some tags, read at one moment. */
export interface TagReport {
  /** Everything loaded before this seq is dead. */
  readonly floor: number
  /** The marker of each tag in the order asked, 0 for none. */
  readonly markers: readonly number[]
}

/**
 * One connection to the log, from the moment it is open until it is closed or lost. Every call settles within the
 * command time-out; a session that does not answer is closed. Replies and live entries arrive in the order in which
 * the server made them.
 */
export interface Session {
  /**
   * Removes what L2 holds of the keys that the message names, then appends and publishes it. In that order, though not
   * at one moment; if either fails, both are to be repeated.
   * @param retry the message may be in the log already: an entry with its id is returned and not added again.
   */
  append(message: Message, knownEpoch: number, retry: boolean): Promise<LiveEntry>
  /** Renews the membership and returns the tail. Begins a new epoch if the log is not this server's own unbroken one. */
  beat(beat: Beat): Promise<Tail>
  /** Up to `count` entries, the first one at `from` if it is still there. */
  page(from: Position, count: number): Promise<readonly LogEntry[]>
  /** The markers of tags; undefined if they are not those of `epoch`. */
  tagReport(epoch: number, tags: readonly string[]): Promise<TagReport | undefined>
  /** False while a command is overdue: not worth a wait. */
  readonly responsive: boolean
  /** The Redis behind it, for L2; undefined if there is none. */
  readonly redis: RedisCommands | undefined
  close(): Promise<void>
}

export interface SessionListener {
  /** A message was published. Left out by those who only write: they do not subscribe. */
  readonly onEntry?: (entry: LiveEntry) => void
  /** Bytes came that are no broadcast of a known version. */
  readonly onForeign?: () => void
  /** The session ended, for whatever reason; called once. */
  readonly onClose: (cause: Error | undefined) => void
}

export interface Transport {
  /**
   * Connects, subscribes, and resolves when the server has acknowledged the subscription. Rejects within the connect
   * time-out, or soon after the signal was aborted, leaving nothing open.
   */
  open(listener: SessionListener, signal?: AbortSignal): Promise<Session>
}
