import { Fields, readText } from '../http/fields.ts'

/** A message reached a web server and took these products out of its L1. */
export interface Drop {
  /** On the clock of the machine. */
  readonly atMs: number
  readonly ids: readonly string[]
  /** Those that L1 would serve even so: none, if all is well. */
  readonly stillHeld: readonly string[]
}

export function readDrop(value: unknown): Drop {
  const fields = new Fields('drop', value)
  return {
    atMs: fields.number('atMs'),
    ids: fields.list('ids', readText),
    stillHeld: fields.list('stillHeld', readText),
  }
}
