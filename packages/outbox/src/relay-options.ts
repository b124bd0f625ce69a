import type { Publisher } from '@rescind/bus'
import { checkInteger, checkOptions, type Duration, durationMs, InvalidArgumentError } from '@rescind/options'
import type { OutboxSource } from './outbox-source.ts'
import type { RelayEvent } from './relay-event.ts'

/** What a relay needs of a publisher. */
export type RelayPublisher = Pick<Publisher, 'transaction' | 'queued'>

export interface RelayOptions {
  /** Where the rows are, such as `outbox.source(…)` of `postgresOutbox()`. */
  readonly source: OutboxSource
  /**
   * Broadcasts them; best one that nobody else uses, since the relay waits, up to half a minute at a time, for what is
   * queued in it. It is not closed by the relay.
   */
  readonly publisher: RelayPublisher
  /** Most rows taken at once. Default 500. */
  readonly batchSize?: number
  /** How often it looks for rows that nothing woke it for, and for those that were postponed. Default `'1s'`. */
  readonly pollInterval?: Duration
  /** How long `start()` waits. Default `'2s'`. */
  readonly connectTimeout?: Duration
  /** Hears what happens in the background. What it throws becomes a process warning, and breaks nothing. */
  readonly onEvent?: (event: RelayEvent) => void
}

export interface ResolvedRelay {
  readonly source: OutboxSource
  readonly publisher: RelayPublisher
  readonly batchSize: number
  readonly pollMs: number
  readonly connectTimeoutMs: number
  readonly onEvent: ((event: RelayEvent) => void) | undefined
}

/** @throws {InvalidArgumentError} */
export function resolveRelay(options: RelayOptions): ResolvedRelay {
  const known = ['source', 'publisher', 'batchSize', 'pollInterval', 'connectTimeout', 'onEvent']
  checkOptions('options', options, known)
  const { source, publisher, batchSize = 500, pollInterval = '1s', connectTimeout = '2s', onEvent } = options
  if (typeof source?.open !== 'function') {
    throw new InvalidArgumentError('source', 'a source, as postgresOutbox().source(…) returns', source)
  }
  if (typeof publisher?.transaction !== 'function') {
    throw new InvalidArgumentError('publisher', 'a publisher, as createPublisher(…) returns', publisher)
  }
  checkInteger('batchSize', batchSize, 1, 10_000)
  const pollMs = durationMs('pollInterval', pollInterval, { minMs: 10 })
  const connectTimeoutMs = durationMs('connectTimeout', connectTimeout, { minMs: 10 })
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw new InvalidArgumentError('onEvent', 'a function', onEvent)
  }
  return { source, publisher, batchSize, pollMs, connectTimeoutMs, onEvent }
}
