import { pack, unpack } from './msgpack-codec.ts'

/** Layout of the bytes below; values of another one are misses. */
const VERSION = 1

/** Bytes of the stamp in front: the token of the lease under which the value was written (a nanoid). */
export const STAMP_BYTES = 21

/** What L2 holds for one key. */
export interface L2Envelope {
  /** Unique to this write of the value. */
  readonly stamp: string
  /** The epoch of the log in which it was loaded, by a name that is never given twice; in any other one it is dead. */
  readonly era: string
  /** Position in that epoch that the loading node had applied when the load started. */
  readonly asOf: number
  readonly tags: readonly string[]
  readonly computeMs: number
  readonly graceMs: number
  readonly value: unknown
}

/** @throws {Error} when the value holds what MessagePack cannot carry. */
export function encodeEnvelope({ stamp, era, asOf, tags, computeMs, graceMs, value }: L2Envelope): Buffer {
  return Buffer.concat([Buffer.from(stamp), pack([VERSION, era, asOf, tags, computeMs, graceMs, value])])
}

/** The stamp, readable whatever follows it. */
export function readStamp(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, STAMP_BYTES)).toString('latin1')
}

/** Undefined for bytes that are no envelope of this version: damaged, foreign, of another release. Never throws. */
export function decodeEnvelope(bytes: Uint8Array): L2Envelope | undefined {
  let fields: unknown
  try {
    fields = unpack(bytes.subarray(STAMP_BYTES))
  } catch {
    return undefined
  }
  if (!Array.isArray(fields) || fields.length !== 7) {
    return undefined
  }
  const [version, era, asOf, tags, computeMs, graceMs, value] = fields
  const sound =
    version === VERSION &&
    typeof era === 'string' &&
    Number.isSafeInteger(asOf) &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === 'string')
  return sound ? { stamp: readStamp(bytes), era, asOf, tags, computeMs, graceMs, value } : undefined
}
