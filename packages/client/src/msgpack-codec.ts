import { Packr, Unpackr } from 'msgpackr'

// Without records the bytes are plain MessagePack; moreTypes keeps typed arrays and large integers what they are.
const packr = new Packr({ useRecords: false, moreTypes: true, variableMapSize: true, useToJSON: false })
const unpackr = new Unpackr({
  useRecords: false,
  moreTypes: true,
  mapsAsObjects: true,
  // References could make what is read contain itself.
  structuredClone: false,
  // A Buffer within a value would else keep alive all that came from the socket with it.
  copyBuffers: true,
})

/** Loses -0, the difference between Map and object, and more: see `packValue`. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** @throws {Error} on bytes that are not one whole MessagePack value. */
export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes)
}
