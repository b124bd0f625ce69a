/** A history says what cannot have happened, or is not written as one. Nothing is judged by it. */
export class InvalidHistoryError extends Error {
  override readonly name = 'InvalidHistoryError'
  readonly code = 'RESCIND_INVALID_HISTORY'
  /** The record at fault, as it came. */
  readonly record: unknown

  constructor(what: string, record: unknown) {
    super(`${what}: ${shown(record)}`)
    this.record = record
  }
}

const SHOWN_LENGTH = 300

function shown(record: unknown): string {
  const text = JSON.stringify(record) ?? String(record)
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
}
