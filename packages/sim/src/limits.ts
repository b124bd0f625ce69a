/** The bound B, in ms of the model. Each event takes one of them. */
export const BOUND_MS = 1_000
export const HEARTBEAT_MS = 250
export const FIRST_CONTACT_MS = 50
export const PROOF_WAIT_MS = 50
export const LEASE_WAIT_MS = 200
export const LEASE_MS = 500
export const TTL_MS = 1_000_000
export const DRAIN_MS = 200
/** Entries that one page of the log holds. */
export const PAGE_LENGTH = 3
