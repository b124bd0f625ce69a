import { Packr, Unpackr } from 'msgpackr'

// Without records the bytes are plain MessagePack; moreTypes keeps Set, BigInt, typed arrays and errors what they are.
// A Map becomes an object, and an instance of a class too.
const packr = new Packr({ useRecords: false, moreTypes: true })
const unpackr = new Unpackr({
  useRecords: false,
  moreTypes: true,
  mapsAsObjects: true,
  // A Buffer within a value would else keep alive all that came from the socket with it.
  copyBuffers: true,
})

export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** @throws {Error} on bytes that are not one whole MessagePack value. */
export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes)
}
