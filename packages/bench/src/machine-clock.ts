/**
 * Milliseconds with a fraction on the monotonic clock of the machine, which its processes share: a time taken in one
 * may be compared with a time taken in another.
 */
export function machineClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
