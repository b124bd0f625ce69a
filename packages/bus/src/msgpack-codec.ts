import { Packr, Unpackr } from 'msgpackr'
import { isWhole } from './msgpack-shape.ts'

// Records and structures are msgpackr's own extensions: without them the bytes are plain MessagePack.
const packr = new Packr({ useRecords: false })
// Other encoders write a time as a 64-bit integer: to be read as a number, and not as a bigint.
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** Undefined for bytes that are not one whole MessagePack value, or hold an extension type. Never throws. */
export function unpack(bytes: Uint8Array): unknown {
  try {
    return isWhole(bytes) ? unpackr.unpack(bytes) : undefined
  } catch {
    // Whole, but nested too deeply.
    return undefined
  }
}
