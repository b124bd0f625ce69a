import type { Tail } from '@rescind/bus'
import type { L2Envelope } from './envelope.ts'

/** The right to fill one key, until it is invalidated or the lease runs out. */
export interface Lease {
  readonly id: string
  /** Where the value stands. */
  readonly key: string
  readonly token: string
}

export type Taken =
  /** There is a value. Undefined envelope: bytes that are none of ours, or damaged. */
  | {
      readonly type: 'value'
      readonly stamp: string
      readonly envelope: L2Envelope | undefined
      readonly leftMs: number
    }
  | ({ readonly type: 'lease' } & Floored)
  /** Another process holds the lease. */
  | ({ readonly type: 'busy' } & Floored)
  /** Redis does not take writes. */
  | ({ readonly type: 'refused' } & Floored)
  /** The log beside it does not hold what the reader has applied: it is another one, or in an older state. */
  | { readonly type: 'elsewhere' }

/** What is known in Redis of a key that is to be loaded. */
interface Floored {
  /** The version below which its values are not current, if there was a bump not long ago. */
  readonly floor?: bigint
}

/** What every log holds. */
export const NO_FOOTING: Tail = { position: { epoch: 0, seq: 0 }, chain: '' }

/** Who asks for a value, or else its lease, and how. Hears of it once, one way or the other. */
export interface Take {
  readonly lease: Lease
  /** The last entry of the log that has taken effect in this process. */
  readonly footing: Tail
  /** A value with this stamp counts as none; empty for any. */
  readonly deadStamp: string
  taken(taken: Taken): void
  /** The lease may have been granted all the same. */
  failed(error: unknown): void
}

/** Who gives a lease up, with or without a value. Hears of it once, one way or the other. */
export interface Giver {
  /** @param done whether the lease was still this one's, and the value is stored if there is one. */
  given(done: boolean): void
  /** @param error ValueNotStoredError when the value holds what cannot come back as it was; else what Redis says. */
  failed(error: unknown): void
}

/** What is stored. */
export interface Content<V> extends Omit<L2Envelope, 'stamp'> {
  readonly value: V
  readonly ttlMs: number
}
