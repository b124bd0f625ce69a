import type { NodeChild } from '@rescind/testbed'
import type { Load, Sent } from '../load.ts'

/** The publisher process, seen from outside. */
export class PublisherHandle {
  readonly #child: NodeChild

  constructor(child: NodeChild) {
    this.#child = child
  }

  async send(peer: string, load: Load): Promise<Sent> {
    return readSent(await this.#child.call('send', peer, load))
  }
}

function readSent(value: unknown): Sent {
  if (typeof value === 'object' && value !== null && 'atMs' in value && 'settledAtMs' in value) {
    const { atMs, settledAtMs } = value
    if (atMs instanceof Float64Array && typeof settledAtMs === 'number') return { atMs, settledAtMs }
  }
  throw new TypeError(`Expected what was sent; received ${typeof value}`)
}
