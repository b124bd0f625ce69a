import { annotate } from './annotate.ts'
import { pack, unpack } from './msgpack-codec.ts'
import { restore } from './notes.ts'

/**
 * A value in bytes, from which it comes back as it was: `[data]`, or `[data, notes]` where MessagePack alone would lose
 * something.
 *
 * @throws {Error} on what cannot come back, naming the place.
 */
export function packValue(value: unknown): Uint8Array {
  const { data, notes } = annotate(value)
  return pack(notes.length === 0 ? [data] : [data, notes])
}

/** @throws {Error} on bytes that `packValue` would not have written. */
export function unpackValue(bytes: Uint8Array): unknown {
  const fields = unpack(bytes)
  if (!Array.isArray(fields) || fields.length < 1 || fields.length > 2) {
    throw new Error('Not a packed value')
  }
  const [data, notes] = fields
  if (notes === undefined) {
    return data
  }
  if (!Array.isArray(notes)) {
    throw new Error('Not a packed value')
  }
  return restore(data, notes)
}
