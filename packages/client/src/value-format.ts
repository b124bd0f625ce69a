import { deflate, inflate } from './compression.ts'
import { type L2Envelope, type L2Head, openEnvelope, schemaMark, sealEnvelope } from './envelope.ts'
import { packValue, unpackValue } from './packed-value.ts'
import type { ValueCodec } from './value-codec.ts'

/** What the bytes of a value depend on. */
export interface ValueFormatOptions<V> {
  readonly codec?: ValueCodec<NonNullable<V>> | undefined
  readonly schemaVersion: string
  /** Values of more bytes are compressed; false: none. */
  readonly compressAbove: number | false
}

/** Values of one region as bytes in L2, and back. */
export class ValueFormat<V> {
  /** Stands behind the stamp of each value of this schema, and of no other. */
  readonly mark: Buffer
  readonly schemaVersion: string
  readonly #codec: ValueCodec<NonNullable<V>> | undefined
  readonly #compressAbove: number

  constructor({ codec, schemaVersion, compressAbove }: ValueFormatOptions<V>) {
    this.mark = schemaMark(schemaVersion)
    this.schemaVersion = schemaVersion
    this.#codec = codec
    this.#compressAbove = compressAbove === false ? Number.POSITIVE_INFINITY : compressAbove
  }

  /**
   * Packs the value before it returns: what a reader does to it afterwards does not show.
   *
   * Rejects when the value holds what cannot come back as it was.
   */
  encode(envelope: L2Envelope & { readonly value: V }): Buffer | Promise<Buffer> {
    try {
      const packed = packValue(this.#toData(envelope.value))
      if (packed.length <= this.#compressAbove) {
        return this.#seal(envelope, packed, 0)
      }
      return deflate(packed).then((deflated) =>
        deflated ? this.#seal(envelope, deflated, packed.length) : this.#seal(envelope, packed, 0),
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #seal(head: L2Head, body: Uint8Array, inflatedBytes: number): Buffer {
    const { stamp, era, asOf, tags, computeMs, graceMs, version } = head
    return sealEnvelope(this.mark, { stamp, era, asOf, tags, computeMs, graceMs, version, inflatedBytes, body })
  }

  /** Undefined for what is damaged, foreign or of another schema. At once, unless it is compressed. Never rejects. */
  decode(bytes: Uint8Array): L2Envelope | undefined | Promise<L2Envelope | undefined> {
    const sealed = openEnvelope(this.mark, bytes)
    if (!sealed) {
      return undefined
    }
    const { body, inflatedBytes } = sealed
    if (inflatedBytes === 0) {
      return this.#unpack(sealed, body)
    }
    return inflate(body, inflatedBytes).then(
      (inflated) => this.#unpack(sealed, inflated),
      () => undefined,
    )
  }

  #unpack(head: L2Head, packed: Uint8Array): L2Envelope | undefined {
    const { stamp, era, asOf, tags, computeMs, graceMs, version } = head
    try {
      const value = this.#toValue(unpackValue(packed))
      return { stamp, era, asOf, tags, computeMs, graceMs, version, value }
    } catch {
      return undefined
    }
  }

  #toData(value: V): unknown {
    if (!this.#codec || value === undefined || value === null) {
      return value
    }
    return present(this.#codec.encode(value), 'encode')
  }

  #toValue(data: unknown): unknown {
    if (!this.#codec || data === undefined || data === null) {
      return data
    }
    return present(this.#codec.decode(data), 'decode')
  }
}

/** Undefined and null would say that there is no value. */
function present(result: unknown, what: string): unknown {
  if (result === undefined || result === null) {
    throw new Error(`The codec of the region returned ${result} from ${what}`)
  }
  return result
}
