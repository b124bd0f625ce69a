import { crc32 } from 'node:zlib'
import { packValue, unpackValue } from './packed-value.ts'

/** First of the bytes behind the stamp, and layout of those that follow; another layout is of another release. */
const MAGIC = 'R\x02'

/** Bytes of the stamp in front: the token of the lease under which the value was written (a nanoid). */
export const STAMP_BYTES = 21

/** What L2 says of a value. */
export interface L2Head {
  /** Unique to this write of the value. */
  readonly stamp: string
  /** The epoch of the log in which it was loaded, by a name that is never given twice; in any other one it is dead. */
  readonly era: string
  /** Position in that epoch that the loading node had applied when the load started. */
  readonly asOf: number
  readonly tags: readonly string[]
  /** How long the load took. */
  readonly computeMs: number
  /** How much of its time in Redis lies after the value has expired: it may be served then, while it is loaded anew. */
  readonly graceMs: number
  /** The version that its source gave it; undefined where values have none. */
  readonly version: number | bigint | undefined
}

/** What L2 holds for one key. */
export interface L2Envelope extends L2Head {
  readonly value: unknown
}

/** An envelope whose value is still in bytes. */
export interface SealedEnvelope extends L2Head {
  /** How many bytes the body takes when it is inflated; 0 if it is not compressed. */
  readonly inflatedBytes: number
  readonly body: Uint8Array
}

/** What stands behind the stamp of all values of one region and schema. Of other ones it is neither the same nor a beginning. */
export function schemaMark(schemaVersion: string): Buffer {
  const schema = Buffer.from(schemaVersion)
  return Buffer.concat([Buffer.from(MAGIC, 'latin1'), Buffer.from([schema.length]), schema])
}

/** Stamp, mark, CRC-32 of the rest, length of the head, head, body; the numbers of 4 bytes, the highest first. */
export function sealEnvelope(mark: Uint8Array, sealed: SealedEnvelope): Buffer {
  const { stamp, era, asOf, tags, computeMs, graceMs, version, inflatedBytes, body } = sealed
  const packed = packValue([era, asOf, tags, computeMs, graceMs, version ?? null, inflatedBytes])
  const sumAt = STAMP_BYTES + mark.length
  const bodyAt = sumAt + 8 + packed.length
  const bytes = Buffer.allocUnsafe(bodyAt + body.length)
  bytes.write(stamp, 0, STAMP_BYTES, 'latin1')
  bytes.set(mark, STAMP_BYTES)
  bytes.writeUInt32BE(packed.length, sumAt + 4)
  bytes.set(packed, sumAt + 8)
  bytes.set(body, bodyAt)
  bytes.writeUInt32BE(crc32(bytes.subarray(sumAt + 4)), sumAt)
  return bytes
}

/** The stamp, readable whatever follows it. */
export function readStamp(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, STAMP_BYTES)).toString('latin1')
}

/** Undefined for bytes that are no envelope with this mark, whole and unchanged. Never throws. */
export function openEnvelope(mark: Uint8Array, bytes: Uint8Array): SealedEnvelope | undefined {
  const sumAt = STAMP_BYTES + mark.length
  const headAt = sumAt + 8
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headAt || Buffer.compare(bytes.subarray(STAMP_BYTES, sumAt), mark) !== 0) {
    return undefined
  }
  const bodyAt = headAt + view.getUint32(sumAt + 4)
  if (bodyAt > bytes.length || view.getUint32(sumAt) !== crc32(bytes.subarray(sumAt + 4))) {
    return undefined
  }
  let fields: unknown
  try {
    fields = unpackValue(bytes.subarray(headAt, bodyAt))
  } catch {
    return undefined
  }
  if (!Array.isArray(fields) || fields.length !== 7) {
    return undefined
  }
  const [era, asOf, tags, computeMs, graceMs, version, inflatedBytes] = fields
  const sound =
    typeof era === 'string' &&
    isCount(asOf) &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === 'string') &&
    isDuration(computeMs) &&
    isDuration(graceMs) &&
    (version === null || isVersion(version)) &&
    isCount(inflatedBytes)
  if (!sound) {
    return undefined
  }
  const [stamp, body] = [readStamp(bytes), bytes.subarray(bodyAt)]
  return { stamp, era, asOf, tags, computeMs, graceMs, version: version ?? undefined, inflatedBytes, body }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
}

function isVersion(value: unknown): boolean {
  return typeof value === 'bigint' ? value >= 0n && value < 2n ** 63n : isCount(value)
}
