/**
 * What happened in a run, as plain data: one JSON object a line, in any order. All times are milliseconds with a fraction
 * on one monotonic clock, which the processes of a machine share. The source of truth numbers the versions of each key
 * upwards, and the values carry them.
 */
export type HistoryRecord =
  | ReadRecord
  | WriteRecord
  | AppliedRecord
  | FlushRecord
  | LoadRecord
  | HeldRecord
  | FaultRecord
  | CrashRecord

/** What a record about one value names. */
export interface KeyOfRegion {
  /** Default: the one region of the history, without a name. */
  readonly region?: string
  readonly key: string
}

/** A process asked for a value, and got an answer or an error. */
export interface ReadRecord extends KeyOfRegion {
  readonly type: 'read'
  readonly process: string
  /** Of the value that came; left out if there was none, or if the read failed. */
  readonly version?: number
  readonly invokedAt: number
  readonly returnedAt: number
  /** A `peek` that finds nothing held is no read, and not recorded. */
  readonly way: 'get' | 'getMany' | 'peek'
  /** The value was held by the process: the answer came from its L1. */
  readonly hit?: boolean
  /** The token of the write that this read has to see. */
  readonly after?: string
  /** The bound of this read, where it asked for a stricter one; 0 for one that asked the source. */
  readonly maxStalenessMs?: number
  /** Why there was no answer. */
  readonly failure?: string
}

/**
 * A version was committed, and its process told the others, or tried to. What names many keys, such as a tag, has one
 * record for each key whose value it says is not current; what is told twice may have two.
 */
export interface WriteRecord extends KeyOfRegion {
  readonly type: 'write'
  readonly process: string
  readonly version: number
  /** The commit was asked for; left out where `committedAt` is exact. */
  readonly invokedAt?: number
  /** The version was committed at the latest. */
  readonly committedAt: number
  /** The invalidation was acknowledged; left out if it was not, or not that anybody knows. */
  readonly ackedAt?: number
  /** How the others were told: `queue` for what is not the writer's own call, such as an outbox or change capture. */
  readonly how: 'invalidate' | 'tag' | 'clear' | 'set' | 'bump' | 'queue'
  /** The tags by which they were told. */
  readonly tags?: readonly string[]
  /** Every member had confirmed it by `ackedAt`. */
  readonly confirmed?: boolean
  /** That of the receipt, for `ReadRecord.after`. */
  readonly token?: string
  /** Where in the log the message stands, as `epoch-seq`. */
  readonly position?: string
  /** The value is gone: a read of this version has no value, and so no version. */
  readonly deleted?: boolean
}

/** A process has applied a message of the log. */
export interface AppliedRecord {
  readonly type: 'applied'
  readonly process: string
  readonly position: string
  readonly at: number
}

/** A process dropped everything, and goes on from this position. */
export interface FlushRecord {
  readonly type: 'flush'
  readonly process: string
  /** `joined` for the first one of a process, which holds nothing. */
  readonly reason: string
  readonly position: string
  readonly at: number
}

/** The source was asked for a value. */
export interface LoadRecord extends KeyOfRegion {
  readonly type: 'load'
  readonly process: string
  readonly beganAt: number
  /** Left out if it never ended, such as for a process that crashed. */
  readonly endedAt?: number
  /** What came; left out if nothing did. */
  readonly version?: number
}

/** What L1 of a process, or L2, held at quiet: when all was well again, all was delivered, and nobody read or wrote. */
export interface HeldRecord extends KeyOfRegion {
  readonly type: 'held'
  /** The process; left out for L2. */
  readonly process?: string
  /** Left out if it is held that there is no value; what is not held has no record. */
  readonly version?: number
  readonly at: number
}

/** Something was broken on purpose. */
export interface FaultRecord {
  readonly type: 'fault'
  readonly what: string
  readonly from: number
  /** Healed; left out if it never was. */
  readonly until?: number
  /** The processes that it struck. Default: all. */
  readonly processes?: readonly string[]
  /** Whether it may have cost the log some of its messages, so that processes must drop everything. Default true. */
  readonly mayFlush?: boolean
}

/** A process ended without a chance to finish anything. */
export interface CrashRecord {
  readonly type: 'crash'
  readonly process: string
  readonly at: number
}
