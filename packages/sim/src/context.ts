import type { Ledger } from './ledger.ts'
import type { Mutant } from './mutant.ts'
import type { Setup } from './schedule.ts'
import type { Source } from './source.ts'

/** What all parts of one world share. */
export interface Context {
  readonly setup: Setup
  /** The rule that this world leaves out. */
  readonly mutant: Mutant | undefined
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
