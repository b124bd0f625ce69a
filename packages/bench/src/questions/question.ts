import type { Line } from '../line.ts'

/** Something worth knowing, answered within about a minute and with a bounded load, on a Redis of its own. */
export interface Question {
  readonly name: string
  /** What is asked and how it is measured, in a sentence or two. */
  readonly about: string
  ask(): Promise<Line[]>
}
