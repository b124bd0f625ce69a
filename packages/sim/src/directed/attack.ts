import type { Mutant } from '../mutant.ts'
import type { Schedule } from '../schedule.ts'

/** A schedule that broke a draft of the protocol, and does not break this one. */
export interface Attack extends Schedule {
  readonly name: string
  /** The rules without which it succeeds, one at a time. */
  readonly stoppedBy: readonly Mutant[]
}
