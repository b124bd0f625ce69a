import type { RegionOptions } from './region-options.ts'
import { resolveRegion } from './resolve-region.ts'
import { ValueFormat } from './value-format.ts'

/** What stands in the place of a lease and of a history, which values outside L2 have not. */
const HEAD = {
  stamp: '-'.repeat(21),
  era: '',
  asOf: 0,
  tags: [],
  computeMs: 0,
  graceMs: 0,
  version: undefined,
} as const

/** Values of one region in bytes, as they stand in L2, for what keeps them elsewhere: as exact, compressed, of one schema. */
export class ValueBytes<V> {
  readonly #format: ValueFormat<V>

  /** @throws {InvalidArgumentError} */
  constructor(options: RegionOptions<V>) {
    this.#format = new ValueFormat(resolveRegion(options))
  }

  /** Packs the value before it returns. Rejects when the value holds what cannot come back as it was. */
  async encode(value: V): Promise<Buffer> {
    return this.#format.encode({ ...HEAD, value })
  }

  /** Undefined for what is damaged, or of another schema. Never rejects. */
  async decode(bytes: Uint8Array): Promise<{ readonly value: V } | undefined> {
    const envelope = await this.#format.decode(bytes)
    // Of this region and schema, so what `encode` was given.
    return envelope && { value: envelope.value as V }
  }
}
