import { type ConnectionOptions, resolveConnection } from './bus-options.ts'
import { composeInvalidate, composeInvalidateTags, type Invalidation } from './compose-message.ts'
import { newId } from './ids.ts'
import type { Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { DRAIN_MS, Outbox } from './outbox.ts'
import { SessionKeeper } from './session-keeper.ts'

/** What an acknowledged message got: its place in the log, and the chain that proves the place. */
export interface Receipt extends Tail {}

/** A process that only broadcasts: no cache, no subscription. */
export interface Publisher {
  /**
   * Tells every member that these 1 to 10,000 keys are no longer current, and removes their values from Redis. Resolves
   * once the message is in the log. Call it after the commit.
   *
   * @throws {InvalidArgumentError}
   * @throws {PublishTimeoutError} not acknowledged within `publishTimeout`, but queued.
   * @throws {PublishFailedError} refused, or too many are queued already: nobody will hear of it.
   * @throws {ClosedError}
   */
  invalidate(invalidation: Invalidation): Promise<Receipt>
  /** Tells every member that no value with one of these tags is current any more. Errors as for `invalidate`. */
  invalidateTags(tags: readonly string[]): Promise<Receipt>
  /** Sends what is queued, for up to a second, and disconnects. Returns how many messages were given up. */
  close(): Promise<{ readonly unsent: number }>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A publisher of the bus `name`. Connects at the first call; until then it does no I/O.
 *
 * @throws {InvalidArgumentError}
 */
export function createPublisher(options: ConnectionOptions): Publisher {
  const { transport, publishTimeoutMs, maxQueued } = resolveConnection(options)
  const origin = newId()
  let knownEpoch = 0
  let closing: Promise<{ unsent: number }> | undefined

  const keeper = new SessionKeeper(transport, {
    onOpen: () => outbox.resume(),
    onLost: (cause) => outbox.suspend(cause),
  })
  const outbox = new Outbox({
    publishTimeoutMs,
    maxQueued,
    session: () => keeper.session,
    knownEpoch: () => knownEpoch,
    onAppended: ({ position }) => {
      knownEpoch = Math.max(knownEpoch, position.epoch)
    },
    // Its caller was told that it would be sent.
    onRefused: (error) => process.emitWarning(error),
  })

  async function publish(message: Message): Promise<Receipt> {
    keeper.start()
    const { position, chain } = await outbox.publish(message)
    return { position, chain }
  }

  async function leave(): Promise<{ unsent: number }> {
    const unsent = await outbox.close(DRAIN_MS)
    await keeper.close()
    return { unsent }
  }

  function close(): Promise<{ unsent: number }> {
    closing ??= leave()
    return closing
  }

  return {
    invalidate: async (invalidation) => publish(composeInvalidate(origin, invalidation)),
    invalidateTags: async (tags) => publish(composeInvalidateTags(origin, tags)),
    close,
    [Symbol.asyncDispose]: async () => {
      await close()
    },
  }
}
