/** The command line was wrong, or what it names; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
