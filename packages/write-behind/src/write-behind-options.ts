import { checkTarget } from '@rescind/bus/internal'
import type { Duration, RedisTarget, RegionOptions } from '@rescind/client'
import { REGION_OPTIONS } from '@rescind/client/internal'
import { checkInteger, checkName, checkOptions, durationMs, InvalidArgumentError } from '@rescind/options'
import type { Save } from './write.ts'
import type { WriteBehindEvent } from './write-behind-event.ts'

/** What write-behind needs to know beside what the region is. Alike in every process, but for `save`, `redis` and `onEvent`. */
export interface QueueOptions<V, K extends string = string> {
  /** The bus of the cache. */
  readonly name: string
  /** Where the queue is; as for the cache. What is acknowledged is as durable as this Redis. */
  readonly redis: RedisTarget
  /**
   * Brings writes to the source of truth, in any process that has it, as soon as one is free. It may be given a write again, so
   * doing it twice must be as good as once. What it throws is for all the writes of the call; a Map of errors by id is
   * for those alone. They are tried again after a pause. Without it this process only writes.
   */
  readonly save?: Save<NoInfer<V>, K>
  /** Most writes in one call of `save`, which come from Redis together: fewer where values are large. Default 100, at most 1,000. */
  readonly batchSize?: number
  /** How long a process that was idle waits for more writes to save with the first. Default `'5ms'`. */
  readonly batchWait?: Duration
  /**
   * A call of `save` that takes longer has failed. Default `'10s'`. A process that holds writes for twice as long is taken for dead,
   * and others save them.
   */
  readonly saveTimeout?: Duration
  /** After so many failed tries a write is given up, and put with the dead letters. Default 25. */
  readonly maxAttempts?: number
  /** The pause after a failed try, doubled after each further one. Default `'100ms'`. */
  readonly retryPause?: Duration
  /** The longest such pause. Default `'1m'`. */
  readonly maxRetryPause?: Duration
  /** Most keys that may wait to be saved; a write that needs more waits for room. Default 100,000. */
  readonly maxPending?: number
  /** How long a write waits for Redis, or for room, before it rejects. Default `'2s'`. */
  readonly writeTimeout?: Duration
  /** Each command of Redis is given up after this long. Default `'250ms'`. */
  readonly redisTimeout?: Duration
  /** A connection that is not up after this long is given up and tried again. Default `'2s'`. */
  readonly connectTimeout?: Duration
  /**
   * What a load does when Redis cannot be asked for a newer value that waits to be saved. `fail`: it rejects with
   * `QueueUnreachableError`. `source`: it reads the source, which may be behind; what it reads may then be served until the newer value is saved.
   * Default `fail`.
   */
  readonly whenUnreachable?: 'fail' | 'source'
  /**
   * Hears what happens in the background. What it throws becomes a process warning. Default: dead letters and errors become
   * process warnings.
   */
  readonly onEvent?: (event: WriteBehindEvent) => void
}

/** All that a region is, and its queue. */
export interface WriteBehindOptions<V, K extends string = string>
  extends Omit<RegionOptions<V, K>, 'save' | 'saveTimeout'>,
    QueueOptions<V, K> {}

export interface ResolvedQueue<V> {
  readonly name: string
  readonly redis: RedisTarget
  readonly save: Save<V> | undefined
  readonly batchSize: number
  readonly batchWaitMs: number
  readonly saveTimeoutMs: number
  /** How long what was taken is held without a word. */
  readonly leaseMs: number
  readonly maxAttempts: number
  readonly retryPauseMs: number
  readonly maxRetryPauseMs: number
  readonly maxPending: number
  readonly writeTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly whenUnreachable: 'fail' | 'source'
  readonly onEvent: ((event: WriteBehindEvent) => void) | undefined
}

const QUEUE_OPTIONS: readonly (keyof QueueOptions<unknown>)[] = [
  'name',
  'redis',
  'save',
  'batchSize',
  'batchWait',
  'saveTimeout',
  'maxAttempts',
  'retryPause',
  'maxRetryPause',
  'maxPending',
  'writeTimeout',
  'redisTimeout',
  'connectTimeout',
  'whenUnreachable',
  'onEvent',
]

/**
 * What is for the region, and what for its queue. That of the region is checked by it.
 *
 * @throws {InvalidArgumentError}
 */
export function splitOptions<V, K extends string>(
  options: WriteBehindOptions<V, K>,
): { readonly region: RegionOptions<V, K>; readonly queue: ResolvedQueue<V> } {
  checkOptions('options of write-behind', options, [...QUEUE_OPTIONS, ...REGION_OPTIONS])
  const { name, redis, save, batchSize, batchWait, saveTimeout, maxAttempts, retryPause, maxRetryPause, ...rest } =
    options
  const { maxPending, writeTimeout, redisTimeout, connectTimeout, whenUnreachable, onEvent, ...region } = rest
  return { region, queue: resolveQueue(options) }
}

function resolveQueue<V, K extends string>(options: QueueOptions<V, K>): ResolvedQueue<V> {
  const { name, redis, save, onEvent, whenUnreachable = 'fail' } = options
  const { batchSize = 100, maxAttempts = 25, maxPending = 100_000 } = options
  checkName('name', name)
  if (redis === undefined) {
    throw new InvalidArgumentError('redis', 'where Redis is: write-behind needs one', redis)
  }
  checkTarget('redis', redis)
  checkFunction('save', save)
  checkFunction('onEvent', onEvent)
  checkInteger('batchSize', batchSize, 1, 1_000)
  checkInteger('maxAttempts', maxAttempts, 1, 1_000_000)
  checkInteger('maxPending', maxPending, 1, 2 ** 24)
  if (whenUnreachable !== 'fail' && whenUnreachable !== 'source') {
    throw new InvalidArgumentError('whenUnreachable', "'fail' or 'source'", whenUnreachable)
  }
  return {
    name,
    redis,
    // It is given the ids that were written, and those are of the type.
    save: save as Save<V> | undefined,
    batchSize,
    maxAttempts,
    maxPending,
    whenUnreachable,
    onEvent,
    ...times(options),
  }
}

function times<V, K extends string>(options: QueueOptions<V, K>) {
  const { batchWait = '5ms', saveTimeout = '10s', retryPause = '100ms', writeTimeout = '2s' } = options
  const { redisTimeout = '250ms', connectTimeout = '2s' } = options
  const saveTimeoutMs = durationMs('saveTimeout', saveTimeout, { minMs: 10, maxMs: 86_400_000 })
  const retryPauseMs = durationMs('retryPause', retryPause)
  const { maxRetryPause = Math.max(60_000, retryPauseMs) } = options
  return {
    batchWaitMs: durationMs('batchWait', batchWait, { minMs: 0, maxMs: 60_000 }),
    saveTimeoutMs,
    leaseMs: 2 * saveTimeoutMs,
    retryPauseMs,
    maxRetryPauseMs: durationMs('maxRetryPause', maxRetryPause, { minMs: retryPauseMs }),
    writeTimeoutMs: durationMs('writeTimeout', writeTimeout, { minMs: 10 }),
    commandTimeoutMs: durationMs('redisTimeout', redisTimeout, { minMs: 5 }),
    connectTimeoutMs: durationMs('connectTimeout', connectTimeout, { minMs: 10 }),
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new InvalidArgumentError(name, 'a function', value)
  }
}
