/** Most arrays and maps in one another: more than any message has, and far less than a stack can hold. */
const DEEPEST = 64

/** More bytes than there are. */
const BEYOND = Number.POSITIVE_INFINITY

/**
 * Reads one MessagePack value from bytes that may be anything, in one pass, since each message comes through here. No
 * room is made for what a header announces: five hostile bytes would cost gigabytes. Extension types are refused: they
 * are whatever a reader makes of them. Data and maps, which no message has, are passed over and read as undefined.
 */
export class MsgpackReader {
  readonly #bytes: Buffer
  /** Beyond the end from the first thing on that is wrong. */
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The value, if it takes up all of the bytes; else undefined. To be called once. */
  read(): unknown {
    const value = this.#value(0)
    return this.#at === this.#bytes.length ? value : undefined
  }

  #value(depth: number): unknown {
    const type = this.#unsigned(1)
    if (type < 0x80) {
      return type
    }
    if (type >= 0xe0) {
      return type - 0x100
    }
    if (type >= 0xc0) {
      return this.#long(type, depth)
    }
    // Short maps, arrays and texts have their length in the type.
    if (type >= 0xa0) {
      return this.#text(type & 0x1f)
    }
    return type >= 0x90 ? this.#array(type & 0x0f, depth) : this.#map(type & 0x0f, depth)
  }

  #long(type: number, depth: number): unknown {
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        this.#claim(this.#unsigned(1 << (type - 0xc4)))
        return undefined
      case 0xca:
        return this.#claim(4) < 0 ? 0 : this.#bytes.readFloatBE(this.#at - 4)
      case 0xcb:
        return this.#claim(8) < 0 ? 0 : this.#bytes.readDoubleBE(this.#at - 8)
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (type - 0xcc))
      case 0xcf:
        return this.#claim(8) < 0 ? 0 : Number(this.#bytes.readBigUInt64BE(this.#at - 8))
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#signed(1 << (type - 0xd0))
      case 0xd3:
        return this.#claim(8) < 0 ? 0 : Number(this.#bytes.readBigInt64BE(this.#at - 8))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (type - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 << (type - 0xdc)), depth)
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (type - 0xde)), depth)
      default:
        this.#claim(BEYOND)
        return undefined
    }
  }

  #unsigned(width: number): number {
    const at = this.#claim(width)
    return at < 0 ? 0 : this.#bytes.readUIntBE(at, width)
  }

  #signed(width: number): number {
    const at = this.#claim(width)
    return at < 0 ? 0 : this.#bytes.readIntBE(at, width)
  }

  #text(length: number): string {
    const at = this.#claim(length)
    return at < 0 ? '' : this.#bytes.toString('utf8', at, at + length)
  }

  #array(length: number, depth: number): unknown[] {
    const items: unknown[] = []
    if (depth >= DEEPEST) {
      this.#claim(BEYOND)
    }
    while (items.length < length && this.#at < this.#bytes.length) {
      items.push(this.#value(depth + 1))
    }
    // Each of those that are missing would have taken up a byte.
    this.#claim(length - items.length)
    return items
  }

  #map(pairs: number, depth: number): void {
    this.#array(pairs * 2, depth)
  }

  /** Moves past so many bytes, and returns where they begin; -1 if they are not all there. */
  #claim(size: number): number {
    const at = this.#at
    this.#at += size
    return this.#at <= this.#bytes.length ? at : -1
  }
}
