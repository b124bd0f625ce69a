import type { NodeView } from '@rescind/core'
import type { Flight } from './flight.ts'

/** The flights of one region that may be joined: one per key («single flight»). */
export class FlightTable<V> {
  readonly #flights = new Map<string, Flight<V>>()
  readonly #node: Pick<NodeView, 'strict' | 'provenAt'>

  constructor(node: Pick<NodeView, 'strict' | 'provenAt'>) {
    this.#node = node
  }

  /**
   * A flight that may be joined: of one that began longer ago the value may be older than the bound.
   *
   * @param boundMs that of the reader.
   */
  find(id: string, now: number, boundMs: number): Flight<V> | undefined {
    const flight = this.#flights.get(id)
    const { strict, provenAt } = this.#node
    // Where a proof is all that counts, a node without one cannot know what the flight has missed.
    const since = flight && (strict ? Math.min(provenAt, flight.startedAt) : flight.startedAt)
    return since !== undefined && now - since <= boundMs ? flight : undefined
  }

  /** Whether one is under way that nothing has doomed. */
  has(id: string): boolean {
    return this.#flights.has(id)
  }

  /** A flight takes off. One that is still under way for the key is replaced, and so may not be cached either. */
  launch(id: string, flight: Flight<V>): void {
    this.#flights.get(id)?.doom()
    this.#flights.set(id, flight)
  }

  /** The flight is over, one way or the other. */
  land(id: string, flight: Flight<V>): void {
    if (this.#flights.get(id) === flight) {
      this.#flights.delete(id)
    }
  }

  /** The key was invalidated at `position`: a flight that had not seen it is doomed, and nobody joins it any more. */
  doom(id: string, position: number): void {
    const flight = this.#flights.get(id)
    if (flight !== undefined && flight.asOf < position) {
      flight.doom()
      this.#flights.delete(id)
    }
  }

  doomAll(): void {
    for (const flight of this.#flights.values()) {
      flight.doom()
    }
    this.#flights.clear()
  }
}
