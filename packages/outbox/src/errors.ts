/** The database, or a publish, did not answer in time. */
export class RelayTimeoutError extends Error {
  override readonly name = 'RelayTimeoutError'
  readonly code = 'RESCIND_RELAY_TIMEOUT'

  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`)
  }
}

/** There is no connection to the database now. */
export class SourceLostError extends Error {
  override readonly name = 'SourceLostError'
  readonly code = 'RESCIND_SOURCE_LOST'

  constructor(cause?: unknown) {
    super('There is no connection to the database', { cause })
  }
}
