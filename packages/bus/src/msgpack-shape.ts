/**
 * Whether the bytes are one whole MessagePack value, with nothing after it. Decoders make room for as many items as a
 * header announces before they look for them: five hostile bytes would cost gigabytes.
 */
export function isWhole(bytes: Uint8Array): boolean {
  let at = 0
  for (let expected = 1; expected > 0; expected -= 1) {
    const type = bytes[at]
    if (type === undefined) {
      return false
    }
    const { head, size, items } = readHeader(bytes, at, type)
    at += head + size
    expected += items
    // Each item takes up a byte at least.
    if (at > bytes.length || expected - 1 > bytes.length - at) {
      return false
    }
  }
  return at === bytes.length
}

interface Header {
  /** Bytes of the header itself, and of what follows it in place. */
  readonly head: number
  readonly size: number
  /** Values inside. */
  readonly items: number
}

const WRONG: Header = { head: Number.POSITIVE_INFINITY, size: 0, items: 0 }

/** By the type byte from 0xc0 to 0xdf: [bytes of the length or value, bytes beyond that length, items for each]. */
const LONG: readonly (readonly ['fixed' | 'bytes' | 'items', number, number])[] = [
  ['fixed', 0, 0],
  ['fixed', Number.POSITIVE_INFINITY, 0],
  ['fixed', 0, 0],
  ['fixed', 0, 0],
  ['bytes', 1, 0],
  ['bytes', 2, 0],
  ['bytes', 4, 0],
  ['bytes', 1, 1],
  ['bytes', 2, 1],
  ['bytes', 4, 1],
  ['fixed', 4, 0],
  ['fixed', 8, 0],
  ['fixed', 1, 0],
  ['fixed', 2, 0],
  ['fixed', 4, 0],
  ['fixed', 8, 0],
  ['fixed', 1, 0],
  ['fixed', 2, 0],
  ['fixed', 4, 0],
  ['fixed', 8, 0],
  ['fixed', 2, 0],
  ['fixed', 3, 0],
  ['fixed', 5, 0],
  ['fixed', 9, 0],
  ['fixed', 17, 0],
  ['bytes', 1, 0],
  ['bytes', 2, 0],
  ['bytes', 4, 0],
  ['items', 2, 1],
  ['items', 4, 1],
  ['items', 2, 2],
  ['items', 4, 2],
]

function readHeader(bytes: Uint8Array, at: number, type: number): Header {
  if (type < 0x80 || type >= 0xe0) {
    return { head: 1, size: 0, items: 0 }
  }
  if (type < 0xc0) {
    // Short maps, arrays and strings have their length in the type.
    return type >= 0xa0
      ? { head: 1, size: type & 0x1f, items: 0 }
      : { head: 1, size: 0, items: (type & 0x0f) * (type < 0x90 ? 2 : 1) }
  }
  const [what, width, extra] = LONG[type - 0xc0] ?? ['fixed', Number.POSITIVE_INFINITY, 0]
  if (what === 'fixed') {
    return { head: 1, size: width, items: 0 }
  }
  if (at + 1 + width > bytes.length) {
    return WRONG
  }
  let length = 0
  for (let n = 1; n <= width; n += 1) {
    length = length * 256 + (bytes[at + n] ?? 0)
  }
  return what === 'bytes'
    ? { head: 1 + width, size: length + extra, items: 0 }
    : { head: 1 + width, size: 0, items: length * extra }
}
