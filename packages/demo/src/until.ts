import { setTimeout as delay } from 'node:timers/promises'

export interface UntilOptions {
  readonly withinMs: number
  /** Ends the wait early, with the reason of the signal. */
  readonly signal: AbortSignal
  readonly pollMs?: number
}

/** A condition did not come true in time. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut'
}

/**
 * Asks again and again until the probe answers something, and answers that.
 *
 * @param what what is waited for, such as `web-4 to be live`.
 * @throws {WaitTimedOut} when the time is up; what the probe threw last is its cause.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  { withinMs, signal, pollMs = 5 }: UntilOptions,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  let cause: unknown
  for (;;) {
    signal.throwIfAborted()
    try {
      const answer = await probe()
      if (answer !== undefined) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= deadlineMs) {
      const reason = cause instanceof Error ? `: ${cause.message}` : ''
      throw new WaitTimedOut(`Waited ${withinMs} ms for ${what}${reason}`, { cause })
    }
    await delay(pollMs, undefined, { signal })
  }
}

/** What the promise comes to, unless the time is up or the signal aborts first; the promise itself goes on. */
export async function within<T>(what: string, promise: Promise<T>, { withinMs, signal }: UntilOptions): Promise<T> {
  const stop = new AbortController()
  const timeUp = delay(withinMs, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).then(() => {
    throw new WaitTimedOut(`Waited ${withinMs} ms for ${what}`)
  })
  try {
    return await Promise.race([promise, timeUp])
  } finally {
    stop.abort()
  }
}
