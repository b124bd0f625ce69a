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
