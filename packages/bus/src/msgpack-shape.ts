/**
 * Whether the bytes are one whole MessagePack value, with nothing after it, and no extension type in it. Decoders make
 * room for as many items as a header announces before they look for them: five hostile bytes would cost gigabytes. And an
 * extension is whatever a decoder makes of it, such as a list that contains itself.
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

type Layout =
  /** So many bytes follow the type. */
  | readonly ['fixed', bytes: number]
  /** The length follows, in so many bytes, and then the text or data. */
  | readonly ['bytes', width: number]
  /** The count follows, in so many bytes, and then so many values for each. */
  | readonly ['items', width: number, values: number]

const NONE: Layout = ['fixed', Number.POSITIVE_INFINITY]

/** By the type byte, from 0xc0 to 0xdf. */
const LONG: readonly Layout[] = [
  // nil, never used, false, true
  ['fixed', 0],
  NONE,
  ['fixed', 0],
  ['fixed', 0],
  // data
  ['bytes', 1],
  ['bytes', 2],
  ['bytes', 4],
  // extensions
  NONE,
  NONE,
  NONE,
  // floats, unsigned and signed integers
  ['fixed', 4],
  ['fixed', 8],
  ['fixed', 1],
  ['fixed', 2],
  ['fixed', 4],
  ['fixed', 8],
  ['fixed', 1],
  ['fixed', 2],
  ['fixed', 4],
  ['fixed', 8],
  // extensions
  NONE,
  NONE,
  NONE,
  NONE,
  NONE,
  // text, arrays, maps
  ['bytes', 1],
  ['bytes', 2],
  ['bytes', 4],
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
  const [what, width, values = 0] = LONG[type - 0xc0] ?? NONE
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
    ? { head: 1 + width, size: length, items: 0 }
    : { head: 1 + width, size: 0, items: length * values }
}
