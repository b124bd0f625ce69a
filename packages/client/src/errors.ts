/** A loader did not settle within `loadTimeout`. Its signal was aborted. */
export class LoadTimeoutError extends Error {
  override readonly name = 'LoadTimeoutError'
  readonly code = 'RESCIND_LOAD_TIMEOUT'
  readonly region: string
  readonly id: string

  constructor(region: string, id: string, timeoutMs: number) {
    super(
      `The loader of region ${region} did not settle within loadTimeout (${timeoutMs} ms) for ${JSON.stringify(id)}`,
    )
    this.region = region
    this.id = id
  }
}

/**
 * A value holds what would not come back from Redis as it is, or the codec of its region threw (`cause`). Readers have
 * it, and the process that loaded it keeps it; it is not shared. The place is in the message.
 */
export class ValueNotStoredError extends Error {
  override readonly name = 'ValueNotStoredError'
  readonly code = 'RESCIND_VALUE_NOT_STORED'
  readonly region: string
  readonly id: string

  constructor(region: string, id: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`The value of region ${region} for ${JSON.stringify(id)} is not stored in Redis: ${why}`, { cause })
    this.region = region
    this.id = id
  }
}
