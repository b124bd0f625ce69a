import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { InvalidHistoryError } from './errors.ts'
import type { HistoryRecord } from './history.ts'
import { assertRecord } from './record-check.ts'

/**
 * All that the recorders of several processes wrote to their files. A last line that is not whole, of a process that was
 * killed as it wrote, is left out.
 *
 * @throws {InvalidHistoryError} for a line that is no record, or if a file cannot be read.
 */
export async function readHistory(files: Iterable<string>): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = []
  for (const file of files) {
    let broken: { readonly line: string; readonly number: number } | undefined
    let number = 0
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (broken) {
        throw new InvalidHistoryError(`Line ${broken.number} of ${file} is no JSON`, broken.line)
      }
      number += 1
      const record = parse(line)
      if (record === undefined) {
        broken = { line, number }
      } else {
        assertRecord(record)
        records.push(record)
      }
    }
  }
  return records
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
