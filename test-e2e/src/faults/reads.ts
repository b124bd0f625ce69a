import { machineNow } from '../machine-clock.ts'
import type { Key } from './keys.ts'
import type { Record } from './record.ts'
import type { Subject } from './subject.ts'

/** What a read is not content with less than. */
export interface ReadBounds {
  /** A token. */
  readonly after?: string
  readonly maxStalenessMs?: number
}

/** Reads of one process, each noted with what came of it. */
export class Reads {
  readonly #process: string
  readonly #subject: Subject
  readonly #record: Record

  constructor(process: string, subject: Subject, record: Record) {
    this.#process = process
    this.#subject = subject
    this.#record = record
  }

  /** The version; undefined if the read failed. */
  async get(key: Key, bounds: ReadBounds = {}): Promise<number | undefined> {
    const hit = this.#subject.peek(key) !== undefined
    const { after, maxStalenessMs } = bounds
    const invokedAt = machineNow()
    const note = (what: { readonly version: number } | { readonly failure: string }) =>
      this.#record({
        type: 'read',
        process: this.#process,
        ...key,
        invokedAt,
        returnedAt: machineNow(),
        way: 'get',
        hit,
        ...bounds,
        ...what,
      })
    try {
      const { version } = await this.#subject.get(key, optionsOf(after, maxStalenessMs))
      note({ version })
      return version
    } catch (error) {
      note({ failure: String(error) })
      return undefined
    }
  }

  /** Several of one region at once. */
  async getMany(keys: readonly Key[]): Promise<void> {
    const region = keys[0]?.region ?? ''
    const hits = keys.map((key) => this.#subject.peek(key) !== undefined)
    const invokedAt = machineNow()
    const items = await this.#subject.getMany(region, keys.map(({ key }) => key)).catch(String)
    const returnedAt = machineNow()
    for (const [n, key] of keys.entries()) {
      const came = typeof items === 'string' ? { failure: items } : versionOf(items.get(key.key))
      const hit = hits[n] ?? false
      this.#record({ type: 'read', process: this.#process, ...key, invokedAt, returnedAt, way: 'getMany', hit, ...came })
    }
  }

  peek(key: Key): void {
    const invokedAt = machineNow()
    const item = this.#subject.peek(key)
    if (!item) return
    const { version } = item
    const returnedAt = machineNow()
    this.#record({ type: 'read', process: this.#process, ...key, version, invokedAt, returnedAt, way: 'peek', hit: true })
  }
}

function optionsOf(after: string | undefined, maxStaleness: number | undefined) {
  if (after === undefined && maxStaleness === undefined) return undefined
  return { ...(after !== undefined && { after }), ...(maxStaleness !== undefined && { maxStaleness }) }
}

function versionOf(item: { readonly version: number } | undefined): { readonly version?: number } {
  return item ? { version: item.version } : {}
}
