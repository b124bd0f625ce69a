import { ConnectionAttempt } from './connection-attempt.ts'
import { DisconnectedError, RedisTimeoutError } from './errors.ts'
import { within } from './within.ts'

export interface Opening {
  readonly connectTimeoutMs: number
  /** What was opened ended, for whatever reason; called once. */
  readonly onClose: (cause: Error | undefined) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Opens what `connect` makes of clients that it adds to the attempt. Rejects within the connect time-out, or soon after
 * the signal was aborted, leaving nothing open.
 */
export async function openClients<S>(
  connect: (attempt: ConnectionAttempt) => Promise<S>,
  { connectTimeoutMs, onClose, signal }: Opening,
): Promise<S> {
  const attempt = new ConnectionAttempt()
  const late = () => new RedisTimeoutError('a new connection', connectTimeoutMs)
  let abort = () => {}
  // Not all that a client promises settles when it is disconnected.
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      attempt.abort()
      reject(new DisconnectedError(attempt.lastError))
    }
  })
  signal?.addEventListener('abort', abort)
  try {
    const connected = Promise.race([connect(attempt), aborted])
    const opened = await within(connected, connectTimeoutMs, late)
    if (!attempt.connected) {
      throw late()
    }
    attempt.onEnd(() => onClose(attempt.lastError))
    return opened
  } catch (error) {
    await attempt.close()
    throw attempt.lastError ?? error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
