import type { Fleet } from './fleet.ts'
import type { Load } from './load.ts'
import type { Measured } from './measured.ts'
import { RateSearch } from './rate-search.ts'
import { largest, median } from './statistics.ts'

const maxLagMs = 100
/** What is left of a rate that turned out to be too much. */
const backOff = 0.9

/** One peer on its way to the highest rate that it sustains: every message arrives everywhere within 100 ms. */
export class Runner {
  readonly #peer: string
  readonly #fleet: Fleet
  readonly #load: Load
  readonly #search = new RateSearch()
  readonly #confirmed: number[] = []
  #ask: number | undefined

  constructor(peer: string, fleet: Fleet, load: Load) {
    this.#peer = peer
    this.#fleet = fleet
    this.#load = load
  }

  get searching(): boolean {
    return this.#search.next !== undefined
  }

  /** Calls per second in the median of the rounds; NaN if none was sustained. */
  get perSecond(): number {
    return median(this.#confirmed)
  }

  async warmUp(): Promise<void> {
    await this.#run(Number.POSITIVE_INFINITY)
  }

  /** One step of the search, if it is not over. */
  async search(): Promise<void> {
    const { next } = this.#search
    if (next === undefined) return
    const measured = await this.#run(next)
    this.#search.report(sustained(measured), measured.settledPerSecond)
  }

  /** One round at the rate that was found; at less from then on, if it is too much after all. */
  async confirm(): Promise<void> {
    this.#ask ??= this.#search.found
    const measured = await this.#run(this.#ask)
    if (sustained(measured)) this.#confirmed.push(measured.perSecond)
    else this.#ask = Math.min(this.#ask, measured.settledPerSecond) * backOff
  }

  #run(perSecond: number): Promise<Measured> {
    return this.#fleet.run(this.#peer, { ...this.#load, perSecond })
  }
}

function sustained({ missing, lagMs }: Measured): boolean {
  return missing === 0 && largest(lagMs) < maxLagMs
}
