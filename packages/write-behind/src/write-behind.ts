import { DisconnectedError } from '@rescind/bus'
import { newId } from '@rescind/bus/internal'
import { type Cache, ClosedError, type Duration, InvalidArgumentError, type Region } from '@rescind/client'
import { ValueBytes } from '@rescind/client/internal'
import { checkKey, checkName, checkOptions, durationMs } from '@rescind/options'
import { type DeadLetter, type DeadLetterOptions, discardLetters, readDeadLetters } from './dead-letters.ts'
import { WriteRefusedError } from './errors.ts'
import { flushQueue } from './flush-queue.ts'
import { Line } from './line.ts'
import { overlaidLoaders } from './overlaid-loaders.ts'
import { Overlay } from './overlay.ts'
import type { Backlog, Queue } from './queue.ts'
import { queueNames } from './queue-names.ts'
import { Saver } from './saver.ts'
import { teller } from './write-behind-event.ts'
import { splitOptions, type WriteBehindOptions } from './write-behind-options.ts'
import { Writer } from './writer.ts'

/** What an acknowledged write got. */
export interface WriteReceipt {
  /** For `after`: a read with it in any process sees the write. */
  readonly token: string
  /** As `save` will see it, unless a newer write of the id comes first. */
  readonly sequence: number
}

/** What this process did, since it was created. */
export interface WriteBehindStats {
  /** Writes of this process that were acknowledged. */
  readonly acknowledged: number
  /** Those of them that took the place of one that was not saved yet. */
  readonly coalesced: number
  /** Writes of this process that were rejected. */
  readonly refused: number
  /** Writes that this process has saved. */
  readonly saved: number
  /** Tries of this process that failed. */
  readonly failures: number
  /** Those of them after which the write waited for another try. */
  readonly retries: number
  /** Those of them after which the write was given up. */
  readonly dead: number
  /** Writes that this process has in hand. */
  readonly inFlight: number
}

export interface FlushOptions {
  /** Default `'30s'`. */
  readonly timeout?: Duration
}

/** A region whose writes are acknowledged by Redis, and saved later. */
export interface WriteBehind<V, K extends string = string> {
  /** For reads, as any other. They see what was written at once, saved or not. */
  readonly region: Omit<Region<V, K>, 'set'>
  /**
   * Writes a value, as `load` would return it. Resolves when it is in Redis and every process was told: it is as durable as that
   * Redis, reads see it, and it will be saved, by any process that can, or be put with the dead letters. Writes of one process
   * take effect in the order of the calls.
   *
   * @throws {InvalidArgumentError} for an id that is no well-formed string of up to 1 KiB.
   * @throws {WriteRefusedError} not acknowledged within `writeTimeout`; it says whether it may be saved all the same.
   * @throws {WriteQueueFullError}
   * @throws {ClosedError}
   */
  set(id: K, value: V): Promise<WriteReceipt>
  /**
   * Resolves when all that was acknowledged before the call, in any process, is saved or with the dead letters.
   *
   * @throws {FlushTimeoutError}
   * @throws {ClosedError}
   */
  flush(options?: FlushOptions): Promise<void>
  /** What this process did. */
  stats(): WriteBehindStats
  /** Asks Redis how much is not saved, in the whole fleet. Rejects while it cannot be asked. */
  backlog(): Promise<Backlog>
  /**
   * Writes that were given up, the oldest first; Redis keeps them until they are discarded. To try one again, `set` its value, if that
   * is still the one to have, and discard it. Rejects while Redis cannot be asked.
   */
  deadLetters(options?: DeadLetterOptions): Promise<DeadLetter<V, K>[]>
  /** Forgets writes that were given up, by their `letter`. Rejects while Redis cannot be asked. */
  discard(letters: readonly string[]): Promise<void>
  /** Connects, and begins to save; the first read or write does so too. False if there is no connection yet. Never rejects. */
  start(): Promise<boolean>
  /**
   * Takes no more writes, saves for up to a second what is unsaved, waits for the call of `save` under way, gives the rest back to the
   * other processes and disconnects. To be called before `close()` of the cache. Any number of times; never rejects.
   */
  close(): Promise<void>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** How long `close()` waits for what is not acknowledged, and then for what is not saved. */
const DRAIN_MS = 1_000

/**
 * A region of the cache with a queue for its writes. Does no I/O until it is used.
 *
 * @throws {InvalidArgumentError} also if the cache has a region of that name.
 */
export function createWriteBehind<V, K extends string = string>(
  cache: Cache,
  regionName: string,
  options: WriteBehindOptions<V, K>,
): WriteBehind<V, K> {
  if (typeof cache?.region !== 'function') {
    throw new InvalidArgumentError('cache', 'what createCache returned', cache)
  }
  checkName('region', regionName)
  const { region: regionOptions, queue } = splitOptions(options)
  const { name, save, maxPending, writeTimeoutMs, commandTimeoutMs, connectTimeoutMs, whenUnreachable } = queue
  const bytes = new ValueBytes<V>(regionOptions)
  const emit = teller(queue.onEvent)
  const line = new Line({
    ...queue,
    names: queueNames(name, regionName),
    consumer: newId(),
    saves: save !== undefined,
    onPolicy: (error) => emit({ type: 'error', error }),
  })
  const overlay = new Overlay<V>({ region: regionName, line, bytes, whenUnreachable, waitMs: commandTimeoutMs })
  const region = cache.region<V, K>(regionName, {
    ...regionOptions,
    ...overlaidLoaders(regionOptions, (ids) => {
      begin()
      return overlay.find(ids)
    }),
  })
  const writer = new Writer({ region: regionName, line, maxPending, writeTimeoutMs })
  const invalidate = (ids: readonly string[]) => region.invalidate(ids as readonly K[])
  const saver = save && new Saver<V>({ ...queue, save, region: regionName, line, bytes, invalidate, emit })
  const counters = { acknowledged: 0, coalesced: 0, refused: 0 }
  let closing: Promise<void> | undefined

  function begin(): void {
    if (closing === undefined) {
      line.start()
      saver?.start()
    }
  }

  async function write(id: K, value: V): Promise<WriteReceipt> {
    checkKey('id', id)
    begin()
    const { sequence, replaced } = await writer.write(id, bytes.encode(value))
    try {
      const { token } = await region.invalidate(id)
      counters.acknowledged += 1
      counters.coalesced += replaced ? 1 : 0
      return { token, sequence }
    } catch (error) {
      throw new WriteRefusedError(regionName, id, true, error)
    }
  }

  async function set(id: K, value: V): Promise<WriteReceipt> {
    try {
      return await write(id, value)
    } catch (error) {
      counters.refused += 1
      throw error
    }
  }

  async function flush(more: FlushOptions = {}): Promise<void> {
    checkOptions('options of flush', more, ['timeout'])
    const { timeout = '30s' } = more
    begin()
    await flushQueue(line, regionName, durationMs('timeout', timeout))
  }

  /**
   * @throws {DisconnectedError}
   * @throws {ClosedError}
   */
  async function connected(): Promise<Queue> {
    begin()
    const session = await line.session(connectTimeoutMs)
    if (line.closed) {
      throw new ClosedError('The write-behind')
    }
    if (!session) {
      throw new DisconnectedError(line.lostTo)
    }
    return session.queue
  }

  async function backlog(): Promise<Backlog> {
    const { pending, retrying, dead, oldestMs } = await (await connected()).progress()
    return { pending, retrying, dead, oldestMs }
  }

  async function leave(): Promise<void> {
    await writer.close(DRAIN_MS)
    if (saver && line.started) {
      await flushQueue(line, regionName, DRAIN_MS).catch(() => undefined)
    }
    await saver?.stop()
    // Without it, what it held is taken over when its time is up.
    await line.leave().catch(() => undefined)
    await line.close()
  }

  function close(): Promise<void> {
    closing ??= leave()
    return closing
  }

  return {
    region,
    set,
    flush,
    stats: () => ({
      ...counters,
      saved: saver?.saved ?? 0,
      failures: saver?.failures ?? 0,
      retries: saver?.retries ?? 0,
      dead: saver?.dead ?? 0,
      inFlight: saver?.inFlight ?? 0,
    }),
    backlog,
    deadLetters: (more) => readDeadLetters<V, K>(connected, bytes, more),
    discard: (letters) => discardLetters(connected, letters),
    start: async () => {
      begin()
      return (await line.session(connectTimeoutMs)) !== undefined
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
