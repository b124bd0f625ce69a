import type { Random } from '../random.ts'
import { keyOf } from './item.ts'

/** The keys of so many reads, of so many items. */
type Draw = (reads: number, entries: number, random: Random) => string[]

/** Which keys are read. Made before the reads are timed. */
export const patterns: Readonly<Record<string, Draw>> = {
  /** One item, with a new string for each read. */
  hot: (reads, entries, random) => {
    const id = random.below(entries)
    return Array.from({ length: reads }, () => keyOf(id))
  },
  /** One item, with one string, the hash of which is known after the first read. */
  'same-string': (reads, entries, random) => {
    const key = keyOf(random.below(entries))
    return Array.from({ length: reads }, () => key)
  },
  /** All items, with a new string for each read. */
  random: (reads, entries, random) => Array.from({ length: reads }, () => keyOf(random.below(entries))),
}
