import { Packr, Unpackr } from 'msgpackr'

// Records and structures are msgpackr's own extensions: without them the bytes are plain MessagePack.
const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false })

export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** @throws {Error} on bytes that are not one whole MessagePack value. */
export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes)
}
