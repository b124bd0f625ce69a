import { monotonicClock } from '@rescind/options'
import { Broadcaster, type Committed, type PublishOptions, type Receipt } from './broadcaster.ts'
import { type ConnectionOptions, resolveConnection } from './bus-options.ts'
import { Confirmer } from './confirmer.ts'
import { newId } from './ids.ts'
import type { Message, RegionKeys } from './message.ts'
import type { Transaction } from './notes.ts'
import { DRAIN_MS, Outbox } from './outbox.ts'
import { SessionKeeper } from './session-keeper.ts'
import type { Bump } from './statement.ts'

/**
 * A process that only broadcasts: no cache, no subscription. Calls of one turn of the event loop share a message of each
 * kind, but for the first one, which is sent at once where the last turn with calls had one. All of them reject with:
 *
 * @throws {InvalidArgumentError}
 * @throws {PublishTimeoutError} not acknowledged within `publishTimeout`, but queued.
 * @throws {PublishFailedError} refused: nobody will hear of it.
 * @throws {ConfirmFailedError} with `confirm`, if a member is not strict.
 * @throws {ClosedError}
 */
export interface Publisher {
  /**
   * Tells every member that these 1 to 10,000 keys are no longer current, and removes their values from Redis. Resolves
   * once the message is in the log. Call it after the commit.
   */
  invalidate(invalidation: RegionKeys, options?: PublishOptions): Promise<Receipt>
  /** Tells every member that no value with one of these tags is current any more. */
  invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt>
  /** Tells every member that no value of these regions is current any more. Costs the same however many there are. */
  clear(regions: readonly string[], options?: PublishOptions): Promise<Receipt>
  /** Tells every member that no value at all is current any more. */
  clearAll(options?: PublishOptions): Promise<Receipt>
  /** Tells every member the versions of some keys, in any order and any number of times: lower ones are not current. */
  bump(bump: Bump, options?: PublishOptions): Promise<Receipt>
  /**
   * Runs `work`, which writes to the database, and says all that it noted on `tx` once it has resolved: that is to be after
   * the commit. One message for each kind, however many were noted. If `work` throws, nothing is said, and this rejects
   * with the same. With one of the errors above it rejects after the commit: what was written stands.
   *
   * A process that dies in between has told nobody; where that matters, use an outbox (`@rescind/outbox`).
   */
  transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: PublishOptions): Promise<Committed<T>>
  /** Messages that wait to be acknowledged. */
  readonly queued: number
  /** Sends what is queued, for up to a second, and disconnects. Returns the messages that were given up. */
  close(): Promise<{ readonly unsent: readonly Message[] }>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface PublisherOptions extends ConnectionOptions {
  /**
   * Hears of what goes wrong when no call can tell: a message that was refused after its call had rejected as queued, an
   * outbox that overflowed, a value server that cannot be used. Default: a process warning.
   */
  readonly onError?: (error: Error) => void
}

/**
 * A publisher of the bus `name`. Connects at the first call; until then it does no I/O.
 *
 * @throws {InvalidArgumentError}
 */
export function createPublisher({ onError = warn, ...options }: PublisherOptions): Publisher {
  const resolved = resolveConnection(options)
  const origin = newId()
  let knownEpoch = 0
  let closing: Promise<{ unsent: readonly Message[] }> | undefined

  const keeper = new SessionKeeper(resolved.transport, {
    onOpen: () => outbox.resume(),
    onLost: (cause) => outbox.suspend(cause),
    onTrouble: onError,
  })
  const reach = { session: () => keeper.session, knownEpoch: () => knownEpoch }
  const outbox = new Outbox({
    ...resolved,
    ...reach,
    onAppended: ({ position }) => {
      knownEpoch = Math.max(knownEpoch, position.epoch)
    },
    onRefused: onError,
    onOverflow: onError,
  })
  const { strict, maxStalenessMs } = resolved
  const confirmer = strict
    ? new Confirmer({ ...reach, self: origin, boundMs: maxStalenessMs, clock: monotonicClock })
    : undefined
  const broadcaster = new Broadcaster(origin, (message, spare) => outbox.publish(message, spare), confirmer)

  function announce<T>(call: () => Promise<T>): Promise<T> {
    keeper.start()
    return call()
  }

  async function leave(): Promise<{ unsent: readonly Message[] }> {
    broadcaster.flush()
    const unsent = await outbox.close(DRAIN_MS)
    confirmer?.close()
    await keeper.close()
    return { unsent }
  }

  function close(): Promise<{ unsent: readonly Message[] }> {
    closing ??= leave()
    return closing
  }

  return {
    invalidate: (invalidation, more) => announce(() => broadcaster.invalidate(invalidation, more)),
    invalidateTags: (tags, more) => announce(() => broadcaster.invalidateTags(tags, more)),
    clear: (regions, more) => announce(() => broadcaster.clear(regions, more)),
    clearAll: (more) => announce(() => broadcaster.clearAll(more)),
    bump: (bump, more) => announce(() => broadcaster.bump(bump, more)),
    transaction: (work, more) => announce(() => broadcaster.transaction(work, more)),
    get queued() {
      return outbox.size
    },
    close,
    [Symbol.asyncDispose]: async () => {
      await close()
    },
  }
}

function warn(error: Error): void {
  process.emitWarning(error)
}
