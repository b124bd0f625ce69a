import { type Entry, isBelow, type Version } from '@rescind/core'
import type { Flight, Outcome, Passenger } from './flight.ts'
import { pauseAfter } from './load-again.ts'
import { pause } from './pause.ts'
import type { ReadPlan } from './read-plan.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { Aged } from './refresh-rule.ts'

/** After this many results that came too late for a reader, it takes off alone. */
const SHARED_TRIES = 2

/** Who reads a value. Hears once what came of it. */
export interface Waiter<V> {
  fulfilled(value: V): void
  rejected(error: unknown): void
}

/** What a reader that waits needs of the one that reads. */
export interface Desk<V> {
  join(id: string, plan: ReadPlan<V>, shared: boolean): Flight<V>
  refresh(id: string, plan: ReadPlan<V>, current: Aged): void
  /** What L1 holds by now, if it is to be served. */
  fallback(id: string, plan: ReadPlan<V>, beganAt: number): Entry<V> | undefined
}

/** A read that L1 cannot answer: it waits for one flight after the other, until one brings what is new enough for it. */
export class Arrival<V> implements Passenger<V> {
  readonly #parts: ReaderParts<V>
  readonly #desk: Desk<V>
  readonly #id: string
  readonly #plan: ReadPlan<V>
  readonly #beganAt: number
  readonly #waiter: Waiter<V>
  /** What reads that have returned before this one began may have returned. */
  readonly #floor: Version | undefined
  #tries = 0
  #joinedTick = 0

  constructor(
    parts: ReaderParts<V>,
    desk: Desk<V>,
    { id, plan, beganAt }: { readonly id: string; readonly plan: ReadPlan<V>; readonly beganAt: number },
    waiter: Waiter<V>,
  ) {
    this.#parts = parts
    this.#desk = desk
    this.#id = id
    this.#plan = plan
    this.#beganAt = beganAt
    this.#waiter = waiter
    this.#floor = parts.options.version && parts.l1.floorOf(id)
  }

  join(): void {
    this.#tries += 1
    this.#joinedTick = this.#parts.node.markers.tick
    this.#desk.join(this.#id, this.#plan, this.#tries <= SHARED_TRIES).carry(this)
  }

  landed(outcome: Outcome<V>): void {
    const { version, outdated, tags, aliveAtTick, refreshDue } = outcome
    if (refreshDue) {
      this.#desk.refresh(this.#id, this.#plan, refreshDue)
    }
    // A tag message that came before this reader did: the value is for those who came before the message.
    const deadSinceTick = this.#parts.node.history.earliestAfter(aliveAtTick, tags)
    const inTime = deadSinceTick === undefined || this.#joinedTick < deadSinceTick
    const below = isBelow(version, this.#floor)
    // If it was not asked for again, something has cut it short.
    const pauseMs = below && !outdated ? pauseAfter(this.#tries) : undefined
    if (pauseMs === undefined) {
      this.#end(outcome, below, inTime && outcome.freshAt >= this.#beganAt - this.#plan.boundMs)
    } else {
      void pause(pauseMs).then(() => this.#end(outcome, below, false))
    }
  }

  failed(error: unknown): void {
    this.#waiter.rejected(error)
  }

  /** What a copy throws is for this reader: the others of the flight are still to be told. */
  #end(outcome: Outcome<V>, below: boolean, acceptable: boolean): void {
    try {
      const newer = below && !this.#plan.fresh ? this.#desk.fallback(this.#id, this.#plan, this.#beganAt) : undefined
      if (newer) {
        this.#waiter.fulfilled(newer.value)
      } else if (acceptable) {
        this.#waiter.fulfilled(this.#give(outcome, below))
      } else {
        this.join()
      }
    } catch (error) {
      this.#waiter.rejected(error)
    }
  }

  #give({ value, outdated }: Outcome<V>, below: boolean): V {
    const { isolation, stats } = this.#parts
    stats.outdatedServed += below && !outdated ? 1 : 0
    return isolation.give(value)
  }
}
