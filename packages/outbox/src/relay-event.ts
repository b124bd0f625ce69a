import type { OutboxRow } from './outbox-source.ts'

/** `connecting` also while it waits for another try. */
export type RelayStatus = 'idle' | 'connecting' | 'live' | 'closed'

/** What happens in the background. */
export type RelayEvent =
  | { readonly type: 'status'; readonly status: RelayStatus; readonly cause: Error | undefined }
  /** So many rows are in the log of the bus, and removed from the outbox. */
  | { readonly type: 'relayed'; readonly rows: number }
  /** Redis refuses this row and takes others. It is tried again after `forMs`. */
  | { readonly type: 'postponed'; readonly row: OutboxRow; readonly error: string; readonly forMs: number }
  /** This row says nothing that can be broadcast. It stays in the outbox, and nobody will hear of it. */
  | { readonly type: 'dead'; readonly row: OutboxRow; readonly error: string }
  /** The database or Redis is away, or refuses everything. Nothing is lost, and it is tried again. */
  | { readonly type: 'error'; readonly error: Error }
