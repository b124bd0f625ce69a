import { type Entry, L1Cache, type NodeView, refusal } from '@rescind/core'

/** What the simulator looks at of an entry. */
export type HeldEntry = Pick<Entry<number>, 'value' | 'asOf' | 'freshAt' | 'expiresAt' | 'tags' | 'verifiedTick'>

/** An L1 of core, and beside it what it holds, for all to see without a read. */
export class HeldL1 {
  readonly held: Map<string, HeldEntry> = new Map()
  readonly #l1: L1Cache<number>
  readonly #node: NodeView
  readonly #clock: () => number

  constructor(node: NodeView, clock: () => number) {
    this.#l1 = new L1Cache({ node, clock, maxEntries: 64 })
    this.#node = node
    this.#clock = clock
  }

  get(id: string): Entry<number> | undefined {
    const held = this.held.get(id)
    const refused = held && refusal({ ...held }, this.#node, this.#clock())
    if (refused !== undefined && refused !== 'untrusted') {
      this.held.delete(id)
    }
    const entry = this.#l1.get(id)
    if (held && entry) {
      held.verifiedTick = entry.verifiedTick
    }
    return entry
  }

  set(id: string, entry: HeldEntry): void {
    this.held.set(id, { ...entry })
    this.#l1.set(id, entry)
  }

  invalidate(id: string, position: number): void {
    if (this.#l1.invalidate(id, position)) {
      this.held.delete(id)
    }
  }

  clear(): void {
    this.held.clear()
    this.#l1.clear()
  }
}
