import { Random } from '../random.ts'
import type { Events } from './workload.ts'

/** What is written was read lately: an invalidation names a key of that many reads before it. */
const recentReads = 10_000

/**
 * Puts invalidations between the reads, evenly but at random.
 *
 * @param share invalidations for each read, from 0 to 1.
 */
export function invalidated(reads: Events, share: number, seed: number): Events {
  const random = new Random(seed)
  const events = new Int32Array(2 * reads.length)
  let count = 0
  for (const [n, read] of reads.entries()) {
    events[count++] = read
    if (random.fraction() < share) events[count++] = ~(reads[n - random.below(Math.min(n + 1, recentReads))] ?? 0)
  }
  return events.slice(0, count)
}
