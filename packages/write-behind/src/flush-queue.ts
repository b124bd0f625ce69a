import { ClosedError } from '@rescind/client'
import { monotonicClock } from '@rescind/options'
import { FlushTimeoutError } from './errors.ts'
import type { Line } from './line.ts'
import { Pause } from './pause.ts'

/** How long to wait before it is looked again: doubled from the first to the last. */
const FIRST_MS = 5
const LAST_MS = 200

/**
 * Resolves when no write is unsaved that was acknowledged before the call.
 *
 * @throws {FlushTimeoutError}
 * @throws {ClosedError}
 */
export async function flushQueue(line: Line, region: string, timeoutMs: number): Promise<void> {
  const endsAt = monotonicClock() + timeoutMs
  const pause = new Pause()
  let upTo: number | undefined
  let cause: unknown
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(LAST_MS, 2 * pauseMs)) {
    const leftMs = endsAt - monotonicClock()
    const session = await line.session(Math.max(0, leftMs))
    try {
      if (session) {
        const { lastSequence, firstUnsaved } = await session.queue.progress()
        upTo ??= lastSequence
        if (firstUnsaved > upTo) {
          return
        }
      }
    } catch (error) {
      cause = error
    }
    if (line.closed) {
      throw new ClosedError('The write-behind')
    }
    if (leftMs <= 0) {
      throw new FlushTimeoutError(region, timeoutMs, cause ?? line.lostTo)
    }
    await pause.wait(Math.min(pauseMs, leftMs))
  }
}
