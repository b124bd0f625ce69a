/** A loader did not settle within `loadTimeout`. Its signal was aborted. */
export class LoadTimeoutError extends Error {
  override readonly name = 'LoadTimeoutError'
  readonly code = 'RESCIND_LOAD_TIMEOUT'
  readonly region: string
  readonly ids: readonly string[]

  constructor(region: string, ids: readonly string[], timeoutMs: number) {
    const [first = ''] = ids
    const which = ids.length === 1 ? JSON.stringify(first) : `${ids.length} ids`
    super(`The loader of region ${region} did not settle within loadTimeout (${timeoutMs} ms) for ${which}`)
    this.region = region
    this.ids = ids
  }
}

/**
 * `save` did not settle within `saveTimeout`. Its signal was aborted. Whether the value was saved, or will be, is not known; its
 * key is invalidated at once, and again when `save` settles.
 */
export class SaveTimeoutError extends Error {
  override readonly name = 'SaveTimeoutError'
  readonly code = 'RESCIND_SAVE_TIMEOUT'
  readonly region: string
  readonly id: string

  constructor(region: string, id: string, timeoutMs: number) {
    const what = `The save of region ${region} for ${JSON.stringify(id)}`
    super(`${what} did not settle within saveTimeout (${timeoutMs} ms): it may have been done, or be done yet`)
    this.region = region
    this.id = id
  }
}

/** Some of the values asked for could not be had. */
export class ReadManyError<V> extends AggregateError {
  override readonly name = 'ReadManyError'
  readonly code = 'RESCIND_READ_MANY'
  readonly region: string
  /** What could be had, as `getMany` would have returned it. */
  readonly values: ReadonlyMap<string, V>
  /** What each of the others failed with. */
  readonly failures: ReadonlyMap<string, unknown>

  constructor(region: string, values: ReadonlyMap<string, V>, failures: ReadonlyMap<string, unknown>) {
    const [[id, reason] = []] = failures
    const example = `${JSON.stringify(id)}: ${reason instanceof Error ? reason.message : String(reason)}`
    super(failures.values(), `${failures.size} ids of region ${region} could not be read, such as ${example}`)
    this.region = region
    this.values = values
    this.failures = failures
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
