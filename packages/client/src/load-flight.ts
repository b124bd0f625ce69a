import type { Flight, Outcome } from './flight.ts'
import type { Grant } from './grant.ts'
import { type Lifetime, lifetimeOf } from './lifetime.ts'
import { loadAgain, noteFailure, type Source } from './load-again.ts'
import type { Loaded } from './loader.ts'
import type { ReaderParts } from './reader-parts.ts'

/** What the process knew when it began to ask for a value. */
export interface Seen {
  /** Position that was applied, within the epoch. */
  readonly asOf: number
  readonly era: string
  readonly freshAt: number
}

/** One load of a flight, and what was known when it began. */
interface Leg<V> {
  readonly id: string
  readonly flight: Flight<V>
  readonly grant: Grant<V> | undefined
  readonly source: Source<V>
  readonly seen: Seen
  readonly startTick: number
}

/** The loading half of a flight: asks the source, and caches what it says unless something invalidated it meanwhile. */
export class LoadFlight<V> {
  readonly #parts: ReaderParts<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
  }

  /**
   * @param grant the lease of the key; without it the value is for this process alone.
   */
  land(id: string, flight: Flight<V>, grant: Grant<V> | undefined, source: Source<V>): Promise<Outcome<V>> {
    const { node, stats } = this.#parts
    // Of the load, not of the flight, which may have waited for L2 and heard what the load will know.
    const { position, era } = node.bus
    const seen: Seen = { asOf: position?.seq ?? 0, era, freshAt: node.clock() }
    const leg: Leg<V> = { id, flight, grant, source, seen, startTick: node.markers.tick }
    node.errands.hold(grant)
    stats.loads += 1
    return source.load().then(
      (loaded) => this.#loaded(leg, loaded),
      (error: unknown) => this.#fail(leg, error),
    )
  }

  #loaded(leg: Leg<V>, first: Loaded<V>): Outcome<V> | Promise<Outcome<V>> {
    try {
      this.#parts.latencies.load.record(first.computeMs)
      return this.#parts.options.version ? this.#loadAgain(leg, first) : this.#end(leg, first, false)
    } catch (error) {
      return this.#fail(leg, error)
    }
  }

  async #loadAgain(leg: Leg<V>, first: Loaded<V>): Promise<Outcome<V>> {
    try {
      const { id, source, flight, seen } = leg
      const { loaded, outdated } = await loadAgain(
        id,
        { loaded: first, startedAt: seen.freshAt },
        source,
        flight,
        this.#parts,
      )
      return this.#end(leg, loaded, outdated)
    } catch (error) {
      return this.#fail(leg, error)
    }
  }

  /** From here until the value is in L1 nothing is waited for: a message in between would go unnoticed. */
  #end({ id, flight, grant, seen, startTick }: Leg<V>, loaded: Loaded<V>, outdated: boolean): Outcome<V> {
    const { node, stats, backOffs } = this.#parts
    const { value, tags, version, found } = loaded
    stats.notFound += found ? 0 : 1
    stats.outdatedServed += outdated ? 1 : 0
    // What the source does not have yet is no reason either to ask for it with every read, while there is something to serve.
    backOffs[outdated ? 'failed' : 'succeeded'](id)
    const alive = node.history.earliestAfter(startTick, tags) === undefined
    // A flight that something invalidated hands its value to those who waited, never to a cache.
    const intact = flight.cacheable && alive
    stats.doomed += intact ? 0 : 1
    if (intact && loaded.cacheable && !outdated) {
      this.store(id, loaded, seen, grant)
    } else {
      this.#remember(id, loaded)
      grant?.giveBack()
    }
    node.errands.letGo(grant)
    return { value, freshAt: seen.freshAt, tags, version, outdated, aliveAtTick: startTick, refreshDue: undefined }
  }

  #fail({ id, grant }: Leg<V>, error: unknown): never {
    const { node, stats, backOffs } = this.#parts
    noteFailure(stats, error)
    backOffs.failed(id)
    grant?.giveBack()
    node.errands.letGo(grant)
    throw error
  }

  /**
   * Caches a value.
   *
   * @param onShared hears whether L2 has it.
   */
  store(
    id: string,
    loaded: Loaded<V>,
    { asOf, era, freshAt }: Seen,
    grant: Grant<V> | undefined,
    onShared?: (done: boolean) => void,
  ): void {
    const { value, tags, version, computeMs } = loaded
    const life = lifetimeOf(loaded, this.#parts.options, Math.random())
    this.#keep(id, loaded, { asOf, freshAt, life })
    const { l2Ms, graceMs } = life
    grant?.fill({ era, asOf, tags, computeMs, graceMs, version, value, ttlMs: l2Ms + graceMs }, onShared)
  }

  #keep(
    id: string,
    loaded: Loaded<V>,
    { asOf, freshAt, life }: { readonly asOf: number; readonly freshAt: number; readonly life: Lifetime },
  ): void {
    const { node, l1 } = this.#parts
    const { value, tags, version, computeMs } = loaded
    const staleAt = node.clock() + life.l1Ms
    const expiresAt = staleAt + life.graceMs
    const verifiedTick = node.markers.tick
    if (!l1.set(id, { value, asOf, freshAt, staleAt, expiresAt, tags, version, computeMs, verifiedTick })) {
      this.#remember(id, loaded)
    }
  }

  /** Of what L1 does not hold: nothing older is to be returned from now on. */
  #remember(id: string, { version }: Loaded<V>): void {
    if (version !== undefined) {
      this.#parts.l1.raise(id, version)
    }
  }
}
