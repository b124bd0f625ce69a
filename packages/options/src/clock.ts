/**
 * A monotonic clock in milliseconds with a fraction; only differences mean anything. It never follows a jump of the
 * wall clock. Tests pass their own.
 */
export type Clock = () => number

/** The clock of this process. */
export const monotonicClock: Clock = () => performance.now()
