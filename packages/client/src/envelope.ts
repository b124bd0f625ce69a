import { crc32 } from 'node:zlib'

/** First of the bytes behind the stamp, and layout of those that follow; another layout is of another release. */
const MAGIC = 'R\x03'

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

/** Where the fields of the head are, behind the mark; texts follow, each behind its length, and then the body. */
export const HEAD = {
  asOf: 0,
  computeMs: 8,
  graceMs: 16,
  inflatedBytes: 24,
  versionKind: 28,
  version: 29,
  tags: 37,
  texts: 38,
} as const
const LENGTH_BYTES = 2

/** What the version is: a value has none, or it is a number, or a bigint. */
export const VERSION_KIND = { none: 0, number: 1, bigint: 2 } as const

const NONE: readonly string[] = Object.freeze([])

const SUM_BYTES = 4
/** The CRC-32 of all that ends with its own CRC-32, the lowest byte first. */
const SOUND = 0x2144df1c

/** Stamp, mark, head, body, CRC-32 of all that; numbers are whole or of 8 bytes as IEEE 754 has them, the highest byte first. */
export function sealEnvelope(mark: Uint8Array, sealed: SealedEnvelope): Buffer {
  const { stamp, era, asOf, tags, computeMs, graceMs, version, inflatedBytes, body } = sealed
  const texts = [era, ...tags]
  const headAt = STAMP_BYTES + mark.length
  const textBytes = texts.reduce((sum, text) => sum + LENGTH_BYTES + Buffer.byteLength(text), 0)
  const bodyAt = headAt + HEAD.texts + textBytes
  const sumAt = bodyAt + body.length
  const bytes = Buffer.allocUnsafe(sumAt + SUM_BYTES)
  bytes.write(stamp, 0, STAMP_BYTES, 'latin1')
  bytes.set(mark, STAMP_BYTES)
  bytes.writeDoubleBE(asOf, headAt + HEAD.asOf)
  bytes.writeDoubleBE(computeMs, headAt + HEAD.computeMs)
  bytes.writeDoubleBE(graceMs, headAt + HEAD.graceMs)
  bytes.writeUInt32BE(inflatedBytes, headAt + HEAD.inflatedBytes)
  bytes.writeUInt8(kindOf(version), headAt + HEAD.versionKind)
  bytes.writeBigUInt64BE(BigInt(version ?? 0), headAt + HEAD.version)
  bytes.writeUInt8(tags.length, headAt + HEAD.tags)
  let at = headAt + HEAD.texts
  for (const text of texts) {
    const length = bytes.write(text, at + LENGTH_BYTES)
    bytes.writeUInt16BE(length, at)
    at += LENGTH_BYTES + length
  }
  bytes.set(body, bodyAt)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, sumAt)), sumAt)
  return bytes
}

/** The stamp, readable whatever follows it. */
export function readStamp(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1', 0, STAMP_BYTES)
}

/** Undefined for bytes that are no envelope with this mark, whole and unchanged. Never throws. */
export function openEnvelope(mark: Uint8Array, bytes: Uint8Array): SealedEnvelope | undefined {
  const buffer = asBuffer(bytes)
  const headAt = STAMP_BYTES + mark.length
  const sumAt = buffer.length - SUM_BYTES
  if (headAt + HEAD.texts > sumAt || !mark.every((byte, n) => buffer[STAMP_BYTES + n] === byte)) {
    return undefined
  }
  if (crc32(buffer) !== SOUND) {
    return undefined
  }
  const asOf = buffer.readDoubleBE(headAt + HEAD.asOf)
  const computeMs = buffer.readDoubleBE(headAt + HEAD.computeMs)
  const graceMs = buffer.readDoubleBE(headAt + HEAD.graceMs)
  const inflatedBytes = buffer.readUInt32BE(headAt + HEAD.inflatedBytes)
  const version = readVersion(buffer, headAt)
  if (!isCount(asOf) || !isDuration(computeMs) || !isDuration(graceMs) || version === false) {
    return undefined
  }
  const texts: string[] = []
  let at = headAt + HEAD.texts
  for (let left = 1 + buffer.readUInt8(headAt + HEAD.tags); left > 0; left -= 1) {
    const from = at + LENGTH_BYTES
    at = from <= sumAt ? from + buffer.readUInt16BE(at) : from
    if (at > sumAt) {
      return undefined
    }
    texts.push(buffer.toString('utf8', from, at))
  }
  const [era = ''] = texts
  const tags = texts.length === 1 ? NONE : texts.slice(1)
  const [stamp, body] = [readStamp(buffer), buffer.subarray(at, sumAt)]
  return { stamp, era, asOf, tags, computeMs, graceMs, version, inflatedBytes, body }
}

/** Another view of bytes costs as much as to read them. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function kindOf(version: L2Head['version']): number {
  return version === undefined ? VERSION_KIND.none : VERSION_KIND[typeof version === 'bigint' ? 'bigint' : 'number']
}

/** False for what is no version. */
function readVersion(buffer: Buffer, headAt: number): L2Head['version'] | false {
  const kind = buffer.readUInt8(headAt + HEAD.versionKind)
  if (kind === VERSION_KIND.none) {
    return undefined
  }
  const version = buffer.readBigUInt64BE(headAt + HEAD.version)
  if (kind === VERSION_KIND.bigint) {
    return version < 2n ** 63n && version
  }
  return kind === VERSION_KIND.number && version <= Number.MAX_SAFE_INTEGER && Number(version)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isDuration(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY
}
