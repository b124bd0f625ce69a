import { afterReal, realDelay, realNow } from './real-clock.ts'

export interface EventuallyOptions {
  /** How long the assertion may go on failing. Default 5000. */
  readonly withinMs?: number
}

const pollMs = 10
const unsettled = Symbol('unsettled')

/**
 * Runs an assertion until it passes. When the time is up it throws what the last attempt threw, with the time waited
 * in its message. At least one attempt is made, and it runs on the real clock whatever fake one is installed.
 */
export async function eventually(assertion: () => unknown, options: EventuallyOptions = {}): Promise<void> {
  const { withinMs = 5000 } = options
  const startedAt = realNow()
  for (;;) {
    const remainingMs = Math.max(pollMs, withinMs - (realNow() - startedAt))
    const failure = await attempt(assertion, remainingMs)
    if (failure === undefined) return
    const waitedMs = Math.round(realNow() - startedAt)
    if (waitedMs >= withinMs) throw failure.after(waitedMs)
    await realDelay(pollMs)
  }
}

interface Failure {
  /** The error to throw, once this long was waited. */
  after(waitedMs: number): Error
}

async function attempt(assertion: () => unknown, withinMs: number): Promise<Failure | undefined> {
  let cancel = () => {}
  const timeUp = new Promise<typeof unsettled>((resolve) => {
    cancel = afterReal(withinMs, () => resolve(unsettled))
  })
  try {
    const outcome = await Promise.race([Promise.resolve(assertion()), timeUp])
    if (outcome !== unsettled) return undefined
    return { after: (waitedMs) => new Error(`The assertion did not settle (waited ${waitedMs} ms)`) }
  } catch (error) {
    return { after: (waitedMs) => withWait(error, waitedMs) }
  } finally {
    cancel()
  }
}

function withWait(error: unknown, waitedMs: number): Error {
  if (!(error instanceof Error)) return new Error(`${String(error)} (waited ${waitedMs} ms)`, { cause: error })
  // Kept, not wrapped: mocha prints its diff from the fields of the assertion error.
  const message = `${error.message} (waited ${waitedMs} ms)`
  const stack = error.stack?.replace(error.message, () => message)
  error.message = message
  if (stack !== undefined) error.stack = stack
  return error
}
