import { RegionMarker } from '@rescind/core'
import type { Item } from './catalogue.ts'
import { SimFlights } from './flights.ts'
import { type Coroutine, Future } from './future.ts'
import { HeldL1 } from './held-l1.ts'
import { SimReader } from './reader.ts'
import type { ReaderNode } from './reader-parts.ts'

/** Follows `CacheRegion`. */
export class SimRegion {
  readonly name: string
  readonly l1: HeldL1
  readonly marker: RegionMarker = new RegionMarker()
  readonly flights: SimFlights
  readonly #reader: SimReader
  readonly #node: ReaderNode

  constructor(name: string, node: ReaderNode) {
    this.name = name
    this.#node = node
    this.l1 = new HeldL1(node, node.context.clock)
    this.flights = new SimFlights(node, node.context.mutant)
    this.#reader = new SimReader(node, this)
  }

  /** Resolves with the version. */
  get(item: Item): Future<number> {
    const entry = this.l1.get(item.id)
    if (entry) {
      const hit = new Future<number>()
      hit.resolve(entry.value)
      return hit
    }
    const read: Coroutine<number> = this.#reader.read(item)
    return this.#node.loop.spawn(read)
  }

  drop(keys: readonly string[], position: number): void {
    for (const key of keys) {
      this.l1.invalidate(key, position)
      this.flights.doom(key, position)
    }
  }

  dropAll(position: number | undefined): void {
    if (position !== undefined) {
      this.marker.mark(position)
    }
    this.l1.clear()
    this.flights.doomAll()
  }

  flush(position: number): void {
    this.marker.reset(position)
    this.dropAll(undefined)
  }
}
