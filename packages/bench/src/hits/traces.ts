import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { UsageError } from '../usage-error.ts'
import { numberKeys } from './number-keys.ts'
import type { Workload } from './workload.ts'

const unzip = promisify(gunzip)

const bytesPerKey = 4
/** 10 million reads; if all were of different keys, a replay would need about 2 GB. */
const maxBytes = 40_000_000
const capacities: readonly number[] = [1_000, 2_000]

/**
 * The traces of a directory in the order of their names: `*.trace` as those of cache2k, a 32-bit integer for each read,
 * its key, the high byte first; `*.trace.gz` the same through gzip. One at a time, since only one has to be in memory.
 *
 * @throws {UsageError} if there is none, or one is not such a file: before the first is yielded.
 */
export async function* traceWorkloads(directory: string): AsyncGenerator<Workload> {
  const paths = await findTraces(directory)
  for (const path of paths) await readKeys(path)
  for (const path of paths) {
    const name = basename(path).replace(/\.trace(\.gz)?$/, '')
    yield { name, ...numberKeys(await readKeys(path)), capacities }
  }
}

async function findTraces(directory: string): Promise<string[]> {
  const names = await reading(directory, () => readdir(directory))
  const traces = names.filter((name) => /\.trace(\.gz)?$/.test(name)).sort()
  if (traces.length === 0) throw bad(directory, 'holds no *.trace and no *.trace.gz')
  return traces.map((name) => join(directory, name))
}

/** @throws {UsageError} */
async function readKeys(path: string): Promise<Int32Array> {
  const bytes = await reading(path, () => readBytes(path))
  if (bytes.length === 0) throw bad(path, 'is empty')
  if (bytes.length % bytesPerKey !== 0) throw bad(path, `has ${bytes.length} bytes, which are no whole keys of 4 each`)
  return Int32Array.from({ length: bytes.length / bytesPerKey }, (_, n) => bytes.readInt32BE(n * bytesPerKey))
}

/** What is too large is not read to its end. */
async function readBytes(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > maxBytes) throw tooLarge(path)
  const bytes = await readFile(path)
  return path.endsWith('.gz') ? await unzip(bytes, { maxOutputLength: maxBytes }) : bytes
}

/** Says of what the system or zlib refuse which file it was. */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(path)
    throw bad(path, `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function tooLarge(path: string): UsageError {
  return bad(path, `has more than ${maxBytes / bytesPerKey} keys`)
}

function bad(path: string, what: string, cause?: unknown): UsageError {
  return new UsageError(`--traces: ${path} ${what}`, { cause })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
