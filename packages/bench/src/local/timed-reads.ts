import { median } from '../statistics.ts'
import type { Reader } from './reader.ts'

/** Reads whose keys are made together, and soon after read: as if a caller had just built them. */
const batch = 1_000

/**
 * How long a read takes, in nanoseconds, its part of the loop included and the making of its key not: in the median of
 * batches of 1,000 reads, so that it does not matter if the process had to wait for a CPU now and then.
 *
 * @param draw makes the keys of so many reads.
 * @throws {Error} if a key was not answered: a read that finds nothing costs something else.
 */
export async function timeReads(reader: Reader, reads: number, draw: (reads: number) => string[]): Promise<number> {
  const nsPerRead: number[] = []
  for (let begun = 0; begun < reads; begun += batch) {
    const keys = draw(Math.min(batch, reads - begun))
    const begunAt = process.hrtime.bigint()
    // What is read is looked at, so that no read can be left out.
    const answered = reader.kind === 'sync' ? readAll(reader.read, keys) : await awaitAll(reader.read, keys)
    nsPerRead.push(Number(process.hrtime.bigint() - begunAt) / keys.length)
    if (answered !== keys.length) throw new Error(`${keys.length - answered} of ${keys.length} keys are not held`)
  }
  return median(nsPerRead)
}

function readAll(read: Extract<Reader, { kind: 'sync' }>['read'], keys: readonly string[]): number {
  let answered = 0
  for (const key of keys) if (read(key)?.id !== undefined) answered += 1
  return answered
}

async function awaitAll(read: Extract<Reader, { kind: 'async' }>['read'], keys: readonly string[]): Promise<number> {
  let answered = 0
  for (const key of keys) if ((await read(key))?.id !== undefined) answered += 1
  return answered
}
