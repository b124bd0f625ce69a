/** What the queue of a region consists of in Redis: one hash tag, that of the bus, so that in a cluster it has one slot. */
export interface QueueNames {
  /** Stream with the group `savers`: an entry for each key that is to be saved, and is not waiting for another try. */
  readonly queue: string
  /** Hash: the newest value of each key, until it is saved or given up. */
  readonly pending: string
  /** Hash: the sequence of the newest write of each key, until the caches were told that it is saved or given up. */
  readonly sequences: string
  /** Sorted set: the same keys by the sequence of the first write that is not saved, or one that is not above it. */
  readonly unsaved: string
  /** Sorted set: the keys that wait for another try, by the time for it, in ms. */
  readonly retry: string
  /** Hash: how often saving the newest write of a key has failed. */
  readonly attempts: string
  /** Stream: the writes that were given up. */
  readonly dead: string
  /** Hash: for each process the mark of its newest connection; writes of an earlier one come too late. */
  readonly members: string
  /** Hash: `last`, the last sequence that was given. */
  readonly state: string
}

export function queueNames(bus: string, region: string): QueueNames {
  const prefix = `{${bus}}:behind:${region}`
  return {
    queue: `${prefix}:queue`,
    pending: `${prefix}:pending`,
    sequences: `${prefix}:sequences`,
    unsaved: `${prefix}:unsaved`,
    retry: `${prefix}:retry`,
    attempts: `${prefix}:attempts`,
    dead: `${prefix}:dead`,
    members: `${prefix}:members`,
    state: `${prefix}:state`,
  }
}
