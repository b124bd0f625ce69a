import type { Reader } from './readers.ts'

/**
 * How long a read takes, in nanoseconds, its part of the loop included.
 *
 * @throws {Error} if a key was not answered: a read that finds nothing costs something else.
 */
export async function timeReads(reader: Reader, keys: readonly string[]): Promise<number> {
  const begunAt = process.hrtime.bigint()
  // What is read is looked at, so that no read can be left out.
  const answered = reader.kind === 'sync' ? readAll(reader.read, keys) : await awaitAll(reader.read, keys)
  const took = Number(process.hrtime.bigint() - begunAt)
  if (answered !== keys.length) throw new Error(`${keys.length - answered} of ${keys.length} keys are not held`)
  return took / keys.length
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
