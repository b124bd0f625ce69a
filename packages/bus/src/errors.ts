/** Redis did not answer a command, or a connection was not up, in time. */
export class RedisTimeoutError extends Error {
  override readonly name = 'RedisTimeoutError'
  readonly code = 'RESCIND_REDIS_TIMEOUT'

  constructor(what: string, timeoutMs: number) {
    super(`Redis did not answer ${what} within ${timeoutMs} ms`)
  }
}

/** Redis answered with something that this release does not understand, or does not serve it. */
export class RedisReplyError extends Error {
  override readonly name = 'RedisReplyError'
  readonly code = 'RESCIND_REDIS_REPLY'
}

/** Redis refused a command: no permission, a full or read-only server, another type under a name of the bus. */
export class RedisRefusedError extends Error {
  override readonly name = 'RedisRefusedError'
  readonly code = 'RESCIND_REDIS_REFUSED'
  /** True if the same command may succeed later or on another server. */
  readonly transient: boolean

  constructor(cause: Error, transient: boolean) {
    super(`Redis refused a command: ${cause.message}`, { cause })
    this.transient = transient
  }
}

/** There is no connection to Redis now. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError'
  readonly code = 'RESCIND_DISCONNECTED'

  constructor(cause?: unknown) {
    super('There is no connection to Redis', { cause })
  }
}

/**
 * A server of values cannot be reached, does not answer, or refused to remove values. Until it can be used again its values
 * are loaded anew, and those whose removal it missed are never served.
 */
export class ValueServerError extends Error {
  override readonly name = 'ValueServerError'
  readonly code = 'RESCIND_VALUE_SERVER'
  /** Its name among the `valueServers`. */
  readonly server: string

  constructor(server: string, cause: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    super(`The value server ${server} cannot be used now, its values are loaded anew${why}`, { cause })
    this.server = server
  }
}

/**
 * A message was not acknowledged within `publishTimeout`. It is `queued`: it will be sent when Redis is there again, as
 * long as this process lives, unless Redis then refuses it for good, which is reported. Until it is acknowledged, other
 * nodes may not know.
 */
export class PublishTimeoutError extends Error {
  override readonly name = 'PublishTimeoutError'
  readonly code = 'RESCIND_PUBLISH_TIMEOUT'
  readonly queued = true

  constructor(timeoutMs: number, cause: unknown) {
    super(
      `The message was not acknowledged within publishTimeout (${timeoutMs} ms); it stays queued and is sent when Redis is there again`,
      { cause },
    )
  }
}

/** The message was refused or given up, and is not queued: nobody will hear of it, unless an earlier try got through unheard. */
export class PublishFailedError extends Error {
  override readonly name = 'PublishFailedError'
  readonly code = 'RESCIND_PUBLISH_FAILED'
  readonly queued = false
}

/** A message is in the log, but it cannot be confirmed: a member of the bus is not strict, and may serve what it loaded. */
export class ConfirmFailedError extends Error {
  override readonly name = 'ConfirmFailedError'
  readonly code = 'RESCIND_CONFIRM_FAILED'
  readonly memberId: string

  constructor(memberId: string) {
    super(`Member ${memberId} of the bus is not strict: set strict: true in every process`)
    this.memberId = memberId
  }
}

/**
 * More messages waited for Redis than `maxQueued` or `maxQueuedBytes` allow. Those that had not been sent were replaced
 * by one that clears everything: nothing stale stays, but every cache of the bus will start cold.
 */
export class OutboxOverflowError extends Error {
  override readonly name = 'OutboxOverflowError'
  readonly code = 'RESCIND_OUTBOX_OVERFLOW'
  /** How many were replaced. */
  readonly replaced: number

  constructor(replaced: number) {
    super(`${replaced} messages waited for Redis, and were replaced by one that clears everything`)
    this.replaced = replaced
  }
}

/** Used after `close()`. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError'
  readonly code = 'RESCIND_CLOSED'

  constructor(what: string) {
    super(`${what} is closed`)
  }
}
