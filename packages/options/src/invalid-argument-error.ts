/** An argument or option that cannot be used. The message names it, its bounds, and what came instead. */
export class InvalidArgumentError extends TypeError {
  override readonly name = 'InvalidArgumentError'
  readonly code = 'RESCIND_INVALID_ARGUMENT'
  /** The option or argument at fault, such as `ttl`. */
  readonly argument: string

  constructor(argument: string, expected: string, received: unknown) {
    super(`${argument} must be ${expected}; received ${describe(received)}`)
    this.argument = argument
  }
}

/** What came, short enough for one line: its type and, where it helps, its value. */
function describe(value: unknown): string {
  if (typeof value === 'string') {
    const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value
    return `the string ${JSON.stringify(shown)}${value.length > 40 ? ` (${value.length} characters)` : ''}`
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `the ${typeof value} ${String(value)}`
  }
  if (value === undefined || value === null) {
    return String(value)
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`
  }
  return typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`
}
