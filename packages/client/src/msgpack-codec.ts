import { Packr, Unpackr } from 'msgpackr'

// Without records the bytes are plain MessagePack; moreTypes keeps Map, Set, BigInt, typed arrays and errors what they are.
const packr = new Packr({ useRecords: false, moreTypes: true })
const unpackr = new Unpackr({ useRecords: false, moreTypes: true, mapsAsObjects: true })

export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** @throws {Error} on bytes that are not one whole MessagePack value. */
export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes)
}
