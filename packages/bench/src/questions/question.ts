import type { Line } from '../line.ts'

/** What the command line says beside the question. */
export interface Details {
  /** A directory of traces to replay. */
  readonly traces: string | undefined
}

/** Something worth knowing, answered within some minutes and with a bounded load. */
export interface Question {
  readonly name: string
  /** What is asked and how it is measured, in a sentence or two. */
  readonly about: string
  /** Whether it starts a redis-server of its own. */
  readonly redis: boolean
  ask(details: Details): Promise<Line[]>
}
