const FIRST_MS = 50
const LONGEST_MS = 1_000

/**
 * How long to wait before try `attempt` (1, 2, …): a random time below a limit that doubles from 50 ms to 1 s, so that
 * many processes do not come back at once («full jitter»).
 */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10))
}
