/**
 * A write was not acknowledged: Redis could not be reached or refused it, the value cannot be carried exactly, or the other
 * processes could not be told (`cause`).
 */
export class WriteRefusedError extends Error {
  override readonly name = 'WriteRefusedError'
  readonly code = 'RESCIND_WRITE_REFUSED'
  readonly region: string
  readonly id: string
  /** True if it may be in the queue all the same, as when an answer was lost; then it will be saved. */
  readonly mayBeSaved: boolean

  constructor(region: string, id: string, mayBeSaved: boolean, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const outlook = mayBeSaved ? 'It may be saved all the same' : 'It will not be saved'
    super(`The write of ${JSON.stringify(id)} in region ${region} was not acknowledged: ${why}. ${outlook}`, { cause })
    this.region = region
    this.id = id
    this.mayBeSaved = mayBeSaved
  }
}

/** As many keys wait to be saved as `maxPending` allows, and there was no room within `writeTimeout`. The write is not queued. */
export class WriteQueueFullError extends Error {
  override readonly name = 'WriteQueueFullError'
  readonly code = 'RESCIND_WRITE_QUEUE_FULL'
  readonly region: string
  readonly id: string

  constructor(region: string, id: string, maxPending: number) {
    super(
      `The write of ${JSON.stringify(id)} in region ${region} was not queued: ${maxPending} keys wait to be saved (maxPending). Write more slowly, or let more processes save`,
    )
    this.region = region
    this.id = id
  }
}

/** A value was to be loaded, and Redis could not be asked whether a newer one waits to be saved; see `whenUnreachable`. */
export class QueueUnreachableError extends Error {
  override readonly name = 'QueueUnreachableError'
  readonly code = 'RESCIND_QUEUE_UNREACHABLE'
  readonly region: string

  constructor(region: string, cause: unknown) {
    super(
      `Redis could not be asked whether region ${region} has a newer value that waits to be saved; whenUnreachable: 'source' reads what the source has all the same`,
      { cause },
    )
    this.region = region
  }
}

/** A write that waits to be saved is damaged, or of a process with another `schemaVersion`. */
export class WriteUnreadableError extends Error {
  override readonly name = 'WriteUnreadableError'
  readonly code = 'RESCIND_WRITE_UNREADABLE'
  readonly region: string
  readonly id: string

  constructor(region: string, id: string) {
    super(
      `The write of ${JSON.stringify(id)} in region ${region} that waits to be saved is damaged, or of another schemaVersion: let a process that has it save what it wrote`,
    )
    this.region = region
    this.id = id
  }
}

/** `save` did not settle within `saveTimeout`. Its signal was aborted; what it was given will be saved again. */
export class BatchTimeoutError extends Error {
  override readonly name = 'BatchTimeoutError'
  readonly code = 'RESCIND_BATCH_TIMEOUT'
  readonly region: string

  constructor(region: string, writes: number, timeoutMs: number) {
    super(`save of region ${region} did not settle within saveTimeout (${timeoutMs} ms) for ${writes} writes`)
    this.region = region
  }
}

/** The processes that were saving a write died, were paused or cut off, each time. */
export class SaversLostError extends Error {
  override readonly name = 'SaversLostError'
  readonly code = 'RESCIND_SAVERS_LOST'

  constructor(times: number) {
    super(`It was taken over ${times} times from a process that died, was paused or was cut off`)
  }
}

/** What was to be saved was not within the `timeout` of `flush`. It stays queued. */
export class FlushTimeoutError extends Error {
  override readonly name = 'FlushTimeoutError'
  readonly code = 'RESCIND_FLUSH_TIMEOUT'
  readonly region: string

  constructor(region: string, timeoutMs: number, cause: unknown) {
    super(`The writes of region ${region} were not all saved within ${timeoutMs} ms; they stay queued`, { cause })
    this.region = region
  }
}

/** Redis may evict what is not saved yet: set `maxmemory-policy` to `noeviction`, or to one of `volatile-*`. */
export class EvictionPolicyError extends Error {
  override readonly name = 'EvictionPolicyError'
  readonly code = 'RESCIND_EVICTION_POLICY'

  constructor(policy: string) {
    super(`Redis has maxmemory-policy ${policy} and may lose writes that are not saved: set noeviction, or volatile-*`)
  }
}
