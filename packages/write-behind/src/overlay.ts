import { QueueUnreachableError, WriteUnreadableError } from './errors.ts'
import type { Line } from './line.ts'

/** The values of a region in bytes, and back; undefined for what is damaged or of another schema. */
export interface Bytes<V> {
  encode(value: V): Promise<Buffer>
  decode(bytes: Uint8Array): Promise<{ readonly value: V } | undefined>
}

export interface OverlayOptions<V> {
  readonly region: string
  readonly line: Line
  readonly bytes: Bytes<V>
  readonly whenUnreachable: 'fail' | 'source'
  /** How long a read waits for a connection that is away. */
  readonly waitMs: number
}

/** How often a read asks, where it may not do without the answer. */
const TRIES = 2

/**
 * What is written and not saved yet, as it lies over the source. It has to be asked before the source is: it forgets a value only
 * after that was saved, so who does not find it here finds it there.
 */
export class Overlay<V> {
  readonly #options: OverlayOptions<V>

  constructor(options: OverlayOptions<V>) {
    this.#options = options
  }

  /**
   * The values of those of the ids that are not saved, or why they cannot be read.
   *
   * @throws {QueueUnreachableError} unless the source is to be read then.
   */
  async find(ids: readonly string[]): Promise<Map<string, { readonly value: V } | WriteUnreadableError>> {
    const { region, bytes } = this.#options
    const found = new Map<string, { readonly value: V } | WriteUnreadableError>()
    for (const [index, packed] of (await this.#look(ids)).entries()) {
      const id = ids[index]
      if (packed && id !== undefined) {
        found.set(id, (await bytes.decode(packed)) ?? new WriteUnreadableError(region, id))
      }
    }
    return found
  }

  async #look(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { region, line, whenUnreachable, waitMs } = this.#options
    const must = whenUnreachable === 'fail'
    let cause: unknown
    for (let tries = 1; tries <= (must ? TRIES : 1); tries += 1) {
      const session = await line.session(must ? waitMs : 0)
      try {
        if (session) {
          return await session.queue.look(ids)
        }
      } catch (error) {
        cause = error
      }
    }
    if (must) {
      throw new QueueUnreachableError(region, cause ?? line.lostTo)
    }
    return []
  }
}
