import type { NodeChild } from '@rescind/testbed'

/** A receiver process, seen from outside. */
export class ReceiverHandle {
  readonly #child: NodeChild

  constructor(child: NodeChild) {
    this.#child = child
  }

  async expect(peer: string, calls: number): Promise<void> {
    await this.#child.call('expect', peer, calls)
  }

  async hold(peer: string, keys: readonly string[]): Promise<void> {
    await this.#child.call('hold', peer, keys)
  }

  /** How many of these keys it holds. */
  async held(peer: string, keys: readonly string[]): Promise<number> {
    return Number(await this.#child.call('held', peer, keys))
  }

  /** When each of so many calls took effect there; NaN for one that did not within that time. */
  async collect(peer: string, calls: number, withinMs: number): Promise<Float64Array> {
    const atMs = await this.#child.call('collect', peer, calls, withinMs)
    if (!(atMs instanceof Float64Array)) throw new TypeError(`Expected times; received ${typeof atMs}`)
    return atMs
  }
}
