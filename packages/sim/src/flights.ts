import type { NodeView } from '@rescind/core'
import type { Future } from './future.ts'
import type { Mutant } from './mutant.ts'

/** Follows `Outcome`. */
export interface Outcome {
  readonly version: number
  readonly freshAt: number
  readonly tags: readonly string[]
  readonly aliveAtTick: number
}

/** Follows `Flight`. */
export class SimFlight {
  readonly startedAt: number
  readonly asOf: number
  cacheable: boolean = true
  outcome: Future<Outcome> | undefined

  constructor(startedAt: number, asOf: number) {
    this.startedAt = startedAt
    this.asOf = asOf
  }
}

/** Follows `FlightTable`. */
export class SimFlights {
  readonly #flights = new Map<string, SimFlight>()
  readonly #node: Pick<NodeView, 'strict' | 'provenAt' | 'maxStalenessMs'>
  readonly #mutant: Mutant | undefined

  constructor(node: Pick<NodeView, 'strict' | 'provenAt' | 'maxStalenessMs'>, mutant: Mutant | undefined) {
    this.#node = node
    this.#mutant = mutant
  }

  find(id: string, now: number): SimFlight | undefined {
    const flight = this.#flights.get(id)
    const { strict, provenAt, maxStalenessMs } = this.#node
    if (this.#mutant === 'flight joined without limit') {
      return flight
    }
    const since = flight && (strict ? Math.min(provenAt, flight.startedAt) : flight.startedAt)
    return since !== undefined && now - since <= maxStalenessMs ? flight : undefined
  }

  launch(id: string, flight: SimFlight, fly: () => Future<Outcome>): Future<Outcome> {
    const replaced = this.#flights.get(id)
    if (replaced && this.#mutant !== 'replaced flight cached') {
      replaced.cacheable = false
    }
    this.#flights.set(id, flight)
    const outcome = fly()
    flight.outcome = outcome
    outcome.listen(() => {
      if (this.#flights.get(id) === flight) {
        this.#flights.delete(id)
      }
    })
    return outcome
  }

  doom(id: string, position: number): void {
    const flight = this.#flights.get(id)
    if (flight !== undefined && flight.asOf < position) {
      flight.cacheable = false
      this.#flights.delete(id)
    }
  }

  doomAll(): void {
    for (const flight of this.#flights.values()) {
      flight.cacheable = false
    }
    this.#flights.clear()
  }
}
