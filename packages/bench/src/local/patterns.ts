import type { Random } from '../random.ts'
import { keyOf } from './item.ts'

/** The keys of some reads of so many items. */
type Draw = (reads: number, entries: number, random: Random) => string[]

/** Which keys are read, as they are drawn before the reads are timed. */
export const patterns: Readonly<Record<string, Draw>> = {
  /** One item, with a new string for each read, which has to be hashed and compared. */
  hot: (reads, entries) => Array.from({ length: reads }, () => keyOf(entries - 1)),
  /** One item, with one string, the hash of which is known after the first read. */
  'same-string': (reads, entries) => Array.from<string>({ length: reads }).fill(keyOf(entries - 1)),
  /** All items, with a new string for each read. */
  random: (reads, entries, random) => Array.from({ length: reads }, () => keyOf(random.below(entries))),
}
