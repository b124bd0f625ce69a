import type { NodeChild } from '@rescind/testbed'
import type { StoreName } from './all-stores.ts'
import type { Reads } from './readers.ts'

/** What one process did. */
export interface Watched {
  readonly reads: Reads
  /** When it asked the source, on the clock of the machine. */
  readonly loadsAtMs: Float64Array
}

/** A process that reads, seen from outside. */
export class ReaderHandle {
  readonly #child: NodeChild

  constructor(child: NodeChild) {
    this.#child = child
  }

  async hold(store: StoreName, keys: readonly string[]): Promise<void> {
    await this.#child.call('hold', store, keys)
  }

  async begin(store: StoreName, keys: readonly string[], readers: number): Promise<void> {
    await this.#child.call('begin', store, keys, readers)
  }

  async clear(store: StoreName): Promise<void> {
    await this.#child.call('clear', store)
  }

  /** What it misses from now on counts. */
  async watch(): Promise<void> {
    await this.#child.call('watch')
  }

  /** Whether it has missed something since `watch()`, and holds everything again. */
  async refilled(): Promise<boolean> {
    return (await this.#child.call('refilled')) === true
  }

  async end(store: StoreName): Promise<Watched> {
    return readWatched(await this.#child.call('end', store))
  }
}

function readWatched(value: unknown): Watched {
  if (isRecord(value) && isRecord(value['reads'])) {
    const { atMs, tookMs, hit } = value['reads']
    const loadsAtMs = value['loadsAtMs']
    const times = atMs instanceof Float64Array && tookMs instanceof Float64Array && hit instanceof Uint8Array
    if (times && loadsAtMs instanceof Float64Array) return { reads: { atMs, tookMs, hit }, loadsAtMs }
  }
  throw new TypeError(`Expected what was read; received ${typeof value}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
