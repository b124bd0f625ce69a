/** What two readings of a clock that stands still are apart: more than doubles confuse within years of uptime. */
const TICK_MS = 1e-5

let reading = Number.NEGATIVE_INFINITY
let ticks = 0

/**
 * Milliseconds, with a fraction, on the monotonic clock that all processes of this machine share. No two of one process
 * are the same: where a fake clock stands still, they are in the order in which they were asked for.
 */
export function machineNow(): number {
  const now = Number(process.hrtime.bigint()) / 1e6
  ticks = now === reading ? ticks + 1 : 0
  reading = now
  return now + ticks * TICK_MS
}
