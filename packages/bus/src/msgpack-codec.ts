import { Packr } from 'msgpackr'
import { MsgpackReader } from './msgpack-reader.ts'

// Records and structures are msgpackr's own extensions: without them the bytes are plain MessagePack.
const packr = new Packr({ useRecords: false })

export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** Undefined for bytes that are not one whole MessagePack value, hold an extension type, or are nested too deeply. Never throws. */
export function unpack(bytes: Uint8Array): unknown {
  return new MsgpackReader(bytes).read()
}
