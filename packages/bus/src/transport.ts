import type { Layouts } from './layouts.ts'
import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Position } from './position.ts'
import type { RedisCommands } from './redis-commands.ts'
import type { LogState } from './replica-event.ts'

/** What a member says of itself, and asks. */
export interface Beat {
  readonly nodeId: string
  /** The highest epoch that the caller has seen; a new one is above it. 0 if it has seen none. */
  readonly knownEpoch: number
  /** What it has applied. */
  readonly applied: Position | undefined
  /** For how long after its last proof a member of a strict bus may serve, in ms; 0 for one that is not strict. */
  readonly boundMs: number
  /** The history that this member has watched for long enough to say: whoever lived before it serves nothing any more. */
  readonly watched: string
  /** Members that have not beaten for so long that they serve nothing any more. */
  readonly gone: readonly Member[]
}

/** A member as the log knows it. */
export interface Member {
  readonly id: string
  /** The count of its last beat, what it had applied, and its bound: `12 1763000000000-7 5000`. */
  readonly mark: string
}

export interface BeatReply extends LogState {
  /** How many beats this history has seen, this one included; it stands in the member's mark. */
  readonly beats: number
  /** Names the history: epochs that follow each other without a loss. */
  readonly born: string
  /** Somebody has watched this history for long enough. */
  readonly settled: boolean
  /** Every now and then all members, else none. */
  readonly members: readonly Member[]
}

export interface Membership {
  /** The tail, or the beginning of a new epoch. */
  readonly position: Position
  readonly settled: boolean
  readonly members: readonly Member[]
}

/** A question for the markers of one region and some tags. */
export interface MarkerQuery {
  /** An entry that the asker has applied: a log that does not hold it is another one, or in an older state. */
  readonly footing: Tail
  readonly region: string
  readonly tags: readonly string[]
}

/** What Redis knows of a region and some tags, read at one moment. 0 for no marker. */
export interface MarkerReport {
  readonly region: number
  /** Everything with a tag that was loaded before this seq is dead. */
  readonly floor: number
  /** The marker of each tag in the order asked. */
  readonly tags: readonly number[]
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
   * @param spare of a message with one key: a lease of this token stays.
   */
  append(message: Message, knownEpoch: number, retry: boolean, spare?: string): Promise<LiveEntry>
  /** Renews the membership and returns the tail. Begins a new epoch if the log is not this server's own unbroken one. */
  beat(beat: Beat): Promise<BeatReply>
  /** All members. Begins a new epoch as a beat does. */
  members(knownEpoch: number): Promise<Membership>
  /** Takes the member out. It serves nothing any more by what it was told. */
  leave(nodeId: string): Promise<void>
  /** Up to `count` entries, the first one at `from` if it is still there. */
  page(from: Position, count: number): Promise<readonly LogEntry[]>
  /** The markers; undefined if the log is not, or no longer, the one that was asked for. */
  markers(query: MarkerQuery): Promise<MarkerReport | undefined>
  /** Tells those who wait for something under this key that it is over. They may not hear it. */
  wake(key: string): Promise<void>
  /** False while a command is overdue: not worth a wait. */
  readonly responsive: boolean
  /** Where L2 has the value of this name, as `valueKey` gives it; undefined if there is none now: do without. */
  redisFor(value: string): RedisCommands | undefined
  /**
   * The layouts by which values were removed in this epoch; undefined if the log does not hold this entry, or values stand
   * beside the log. Whoever removes by another one than the current says so first.
   *
   * @param claim make that of this session the current one, if it is not.
   */
  layouts(footing: Tail, claim: boolean): Promise<Layouts | undefined>
  close(): Promise<void>
}

export interface SessionListener {
  /** A message was published. Left out by those who only write: they do not subscribe. */
  readonly onEntry?: (entry: LiveEntry) => void
  /** Somebody said that what is waited for under this key is over. */
  readonly onWake?: (key: string) => void
  /** Bytes came that are no broadcast of a known version. */
  readonly onForeign?: () => void
  /** The session had to append an entry of its own before the one that it was asked for. */
  readonly onAppended?: (entry: LiveEntry) => void
  /** Some of what the session could do cannot be done now; it goes on without. */
  readonly onTrouble?: (error: Error) => void
  /** The session ended, for whatever reason; called once. */
  readonly onClose: (cause: Error | undefined) => void
}

export interface Transport {
  /**
   * Connects, subscribes, and resolves when the server has acknowledged the subscription. Rejects within the connect
   * time-out, or soon after the signal was aborted, leaving nothing open.
   */
  open(listener: SessionListener, signal?: AbortSignal): Promise<Session>
  /** Ends what it keeps open beside its sessions. */
  close?(): Promise<void>
}
