import type { Entry } from '@rescind/core'
import { Arrival, type Desk, type Waiter } from './arrival.ts'
import { Flight } from './flight.ts'
import { type L2Found, L2Reader, type Terms } from './l2-reader.ts'
import type { Source } from './load-again.ts'
import { LoadBatch, type Seat } from './load-batch.ts'
import { LoadFlight } from './load-flight.ts'
import { Party } from './party.ts'
import { pause } from './pause.ts'
import type { ReadPlan } from './read-plan.ts'
import type { ReaderParts } from './reader-parts.ts'
import { type Aged, type Due, dueOf } from './refresh-rule.ts'
import { settledWithin } from './settled-within.ts'

/** How long to wait for a proof of freshness that a reader asked for. */
const PROOF_WAIT_MS = 250
/** A value in L2 that lives longer than the one to be refreshed by this, or a quarter of `ttl`, is a newer one. */
const LIVES_LONGER_MS = 1_000

/** Reads that need more than a look into L1: one flight per key, through L2 and the loader. */
export class Reader<V> {
  readonly #parts: ReaderParts<V>
  readonly #l2Reader: L2Reader<V>
  readonly #loadFlight: LoadFlight<V>
  readonly #desk: Desk<V> = {
    join: (id, plan, shared) => this.#join(id, plan, shared),
    refresh: (id, plan, current) => this.#refresh(id, plan, current),
    fallback: (id, plan, beganAt) => this.#fallback(id, plan, beganAt),
  }

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
    this.#l2Reader = new L2Reader(parts)
    this.#loadFlight = new LoadFlight(parts)
  }

  /** @param looked L1 was asked just now, and has nothing. */
  read(id: string, plan: ReadPlan<V>, looked: boolean): Promise<V> {
    const beganAt = this.#parts.node.clock()
    return this.#isReady(plan) ? this.#read(id, plan, beganAt, looked) : this.#readWhenReady(id, plan, beganAt)
  }

  /** What became of each; those that have to be loaded are loaded together, if the region can. */
  async readMany(ids: readonly string[], plan: ReadPlan<V>): Promise<PromiseSettledResult<V>[]> {
    const { node, options } = this.#parts
    const beganAt = node.clock()
    const prepared = await this.#prepare(plan, beganAt)
    if (!options.loadMany) {
      return this.#readAll(ids, prepared, beganAt)
    }
    const due = new Map<string, Aged>()
    const results = await this.#together((batch) => this.#readAll(ids, { ...prepared, batch, due }, beganAt))
    this.#together((batch) => {
      for (const [id, aged] of due) {
        this.#refresh(id, { ...prepared, batch }, aged)
      }
    })
    return results
  }

  /** What takes a seat in the batch does so before its first wait. */
  #together<T>(work: (batch: LoadBatch<V>) => T): T {
    const batch = new LoadBatch(this.#parts.loader)
    const done = work(batch)
    batch.seal()
    return done
  }

  async #readWhenReady(id: string, plan: ReadPlan<V>, beganAt: number): Promise<V> {
    return this.#read(id, await this.#prepare(plan, beganAt), beganAt)
  }

  /** Whether there is nothing to prepare. */
  #isReady({ after, boundMs }: ReadPlan<V>): boolean {
    const { node } = this.#parts
    return node.contacted && after === undefined && boundMs >= node.maxStalenessMs
  }

  /** Waits for the first contact, and for a proof where the plan asks for one that this node has not. */
  async #prepare(plan: ReadPlan<V>, beganAt: number): Promise<ReadPlan<V>> {
    const { node } = this.#parts
    if (!node.contacted) {
      await node.contact()
    }
    const { after, boundMs } = plan
    if (after !== undefined && !node.bus.hasApplied(after)) {
      // What this proof covers includes the message, if it is of the log that this node follows.
      await node.isProven(node.clock(), PROOF_WAIT_MS)
      return { ...plan, fresh: plan.fresh || !node.bus.hasApplied(after) }
    }
    if (boundMs < node.maxStalenessMs) {
      await node.isProven(beganAt - boundMs, PROOF_WAIT_MS)
    }
    return plan
  }

  #readAll(ids: readonly string[], plan: ReadPlan<V>, beganAt: number): Promise<PromiseSettledResult<V>[]> {
    const party = new Party<V>(ids.length)
    for (const [index, id] of ids.entries()) {
      this.#readFor(party.member(index), id, plan, beganAt)
    }
    return party.settled
  }

  #read(id: string, plan: ReadPlan<V>, beganAt: number, looked = false): Promise<V> {
    return new Promise((fulfilled, rejected) => this.#readFor({ fulfilled, rejected }, id, plan, beganAt, looked))
  }

  #readFor(waiter: Waiter<V>, id: string, plan: ReadPlan<V>, beganAt: number, looked = false): void {
    const held = plan.fresh || looked ? undefined : this.#held(id, plan, beganAt)
    if (held) {
      waiter.fulfilled(held.value)
      return
    }
    this.#parts.stats.l1Misses += 1
    if (this.#parts.options.graceMs > 0 && !plan.fresh) {
      const arriving = new Promise<V>((fulfilled, rejected) => {
        new Arrival<V>(this.#parts, this.#desk, { id, plan, beganAt }, { fulfilled, rejected }).join()
      })
      this.#orStale(id, plan, beganAt, arriving).then(
        (value) => waiter.fulfilled(value),
        (error: unknown) => waiter.rejected(error),
      )
    } else {
      new Arrival(this.#parts, this.#desk, { id, plan, beganAt }, waiter).join()
    }
  }

  /** What L1 holds, if it is to be served without waiting for a load. */
  #held(id: string, plan: ReadPlan<V>, beganAt: number): Entry<V> | undefined {
    const { node, stats, backOffs } = this.#parts
    const now = node.clock()
    const entry = this.#inL1(id, plan, beganAt, now)
    if (!entry) {
      return undefined
    }
    const due = this.#due(entry, now)
    if (due === 'expired' || (due === 'fallback' && !backOffs.holds(id))) {
      return undefined
    }
    stats.l1Hits += 1
    if (due === 'refresh') {
      this.#refresh(id, plan, entry)
    }
    return this.#served(entry, now)
  }

  /** What L1 holds and the plan is content with: its bound is of the time when the read began, before any wait. */
  #inL1(id: string, { boundMs }: ReadPlan<V>, beganAt: number, now: number): Entry<V> | undefined {
    const { l1, node } = this.#parts
    return l1.get(id, now, Math.min(node.maxStalenessMs, boundMs + now - beganAt))
  }

  readonly #ownDue: Terms<unknown>['due'] = (aged, now) => this.#due(aged, now)

  #due(aged: Aged, now: number): Due {
    return dueOf(aged, now, this.#parts.options, Math.random())
  }

  #served(entry: Entry<V>, now: number): Entry<V> {
    if (now >= entry.staleAt) {
      this.#parts.stats.staleServed += 1
    }
    return entry
  }

  #join(id: string, plan: ReadPlan<V>, shared: boolean): Flight<V> {
    const { node, flights, stats } = this.#parts
    const underWay = shared && !plan.fresh ? flights.find(id, node.clock(), plan.boundMs) : undefined
    if (underWay !== undefined) {
      stats.coalesced += 1
      return underWay
    }
    return this.#launch(id, plan, plan.fresh ? expired : this.#ownDue)
  }

  #launch(id: string, plan: ReadPlan<V>, due: Terms<V>['due']): Flight<V> {
    const { node, flights, options } = this.#parts
    const flight = new Flight<V>(node.clock(), node.bus.position?.seq ?? 0)
    flights.launch(id, flight)
    if (options.graceMs > 0) {
      // Those who are served a stale value instead do not hear of a failure.
      node.errands.run(flight.outcome)
    }
    const seat = plan.batch?.seat(id)
    const found = (what: L2Found<V>) => this.#found(id, flight, plan, seat, what)
    this.#l2Reader.read(id, flight, { boundMs: plan.boundMs, due, seat, found })
    return flight
  }

  #found(id: string, flight: Flight<V>, plan: ReadPlan<V>, seat: Seat<V> | undefined, found: L2Found<V>): void {
    if (found?.type === 'hit') {
      seat?.leave()
      this.#parts.flights.land(id, flight)
      flight.land(found.outcome)
      return
    }
    const source = seat && !seat.decided ? seat : this.#sourceOf(id, plan)
    this.#loadFlight.land(id, flight, found?.grant, source).then(
      (outcome) => {
        this.#parts.flights.land(id, flight)
        flight.land(outcome)
      },
      (error: unknown) => {
        this.#parts.flights.land(id, flight)
        flight.fail(error)
      },
    )
  }

  #sourceOf(id: string, { load }: ReadPlan<V>): Source<V> {
    const { loader } = this.#parts
    return { load: () => loader.one(id, load), again: (withinMs) => loader.one(id, load, withinMs), pause }
  }

  /** Loads a value anew that is served meanwhile, unless that is under way, or has just failed. */
  #refresh(id: string, plan: ReadPlan<V>, current: Aged): void {
    const { node, flights, stats, backOffs, options } = this.#parts
    if (plan.due) {
      plan.due.set(id, current)
      return
    }
    if (flights.has(id) || backOffs.holds(id)) {
      return
    }
    stats.refreshes += 1
    const newerFrom = Math.max(node.clock(), current.staleAt) + Math.min(LIVES_LONGER_MS, options.ttlMs / 4)
    const refreshed: Terms<unknown>['due'] = (aged, now) =>
      aged.staleAt > newerFrom && this.#due(aged, now) === 'fresh' ? 'fresh' : 'expired'
    const flight = this.#launch(id, plan, refreshed)
    if (options.graceMs === 0) {
      node.errands.run(flight.outcome)
    }
  }

  /** What arrives, or a stale value if that fails or takes too long. */
  async #orStale(id: string, plan: ReadPlan<V>, beganAt: number, arriving: Promise<V>): Promise<V> {
    const { softTimeoutMs } = this.#parts.options
    if (softTimeoutMs !== undefined && !(await settledWithin(arriving, softTimeoutMs))) {
      const stale = this.#fallback(id, plan, beganAt)
      if (stale) {
        return stale.value
      }
    }
    try {
      return await arriving
    } catch (error) {
      const stale = this.#fallback(id, plan, beganAt)
      if (!stale) {
        throw error
      }
      return stale.value
    }
  }

  /** Looked for only when it is needed: what was invalidated since the read began is gone. */
  #fallback(id: string, plan: ReadPlan<V>, beganAt: number): Entry<V> | undefined {
    const now = this.#parts.node.clock()
    const entry = this.#inL1(id, plan, beganAt, now)
    return entry && this.#due(entry, now) !== 'expired' ? this.#served(entry, now) : undefined
  }
}

function expired(): Due {
  return 'expired'
}
