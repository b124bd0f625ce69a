import type { Ledger } from './ledger.ts'
import type { Mutant } from './mutant.ts'
import type { Setup } from './schedule.ts'
import type { Source } from './source.ts'

/*
 * Patches: rules that this simulator asked for.
 * 1. A reply that places an own message where the node has applied another one drops all that the node holds.
 * 2. L2 is read, and markers are asked for, only where the log holds what the node has applied, and what it was told is appended.
 * 3. A node that leaves is never trusted again, and sends no more beats.
 * 4. A value in L2 says under which incarnation of the log it was loaded, and under another it is dead.
 * 5. No two epochs begin with the same chain.
 */

/** What all parts of one world share. */
export interface Context {
  readonly setup: Setup
  /** The rule that this world leaves out. */
  readonly mutant: Mutant | undefined
  /** Whether the rules above are followed, which the packages are yet to learn. */
  readonly patched: boolean
  readonly source: Source
  readonly ledger: Ledger
  /** The monotonic clock of all processes. */
  readonly clock: () => number
  /** A text that no other has. */
  readonly newId: () => string
  /** Whether `tell` has a listener: texts for it need not be made otherwise. */
  readonly told: boolean
  readonly tell: (line: string) => void
}
