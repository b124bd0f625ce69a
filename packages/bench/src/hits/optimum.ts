import { MaxHeap } from './max-heap.ts'
import type { Events } from './workload.ts'

/** No read is the first event of a key's next ones: 0 is the first event of all, and next to none. */
const never = 0

/**
 * The hits of a cache that knows the future (Belady): it keeps what is read again soonest, and leaves out what is read
 * later than all that. An entry that is invalidated before it is read again is worth nothing, so it is not kept.
 *
 * @param capacity in entries, at least 1.
 */
export function optimumHits(events: Events, capacity: number): number {
  const nextReads = nextReadsOf(events)
  // An entry is known by the event that reads it next: no other entry has the same.
  const held = new Uint8Array(events.length)
  const farthest = new MaxHeap(events.length)
  let size = 0
  let hits = 0
  for (let n = 0; n < events.length; n++) {
    if ((events[n] ?? 0) < 0) continue
    if (held[n] === 1) {
      hits += 1
      size -= 1
    }
    const next = nextReads[n] ?? never
    if (next === never) continue
    if (size === capacity) {
      // What was read meanwhile is still in the heap, but below all that is still to be read.
      const { top } = farthest
      if (top < next) continue
      farthest.pop()
      held[top] = 0
      size -= 1
    }
    farthest.push(next)
    held[next] = 1
    size += 1
  }
  return hits
}

/** For each event, the next one of the same key, if that is a read. */
function nextReadsOf(events: Events): Int32Array {
  const nextReads = new Int32Array(events.length)
  const nextOf = new Int32Array(keysOf(events))
  for (let n = events.length - 1; n >= 0; n--) {
    const event = events[n] ?? 0
    const key = event < 0 ? ~event : event
    nextReads[n] = nextOf[key] ?? never
    nextOf[key] = event < 0 ? never : n
  }
  return nextReads
}

/** All keys are below it. */
function keysOf(events: Events): number {
  let keys = 0
  for (const event of events) keys = Math.max(keys, (event < 0 ? ~event : event) + 1)
  return keys
}
