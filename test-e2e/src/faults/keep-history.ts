import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome } from './outcome.ts'

/** Writes the history of a run that went wrong to a file, one record a line; where that is. */
export function keepHistory({ scenario, seed, history }: Outcome): string {
  const file = join(mkdtempSync(join(tmpdir(), 'rescind-faults-')), `${scenario.replaceAll(' ', '-')}-${seed}.jsonl`)
  writeFileSync(file, history.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return file
}
