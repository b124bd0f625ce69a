import type { Version } from '@rescind/core'
import type { Aged } from './refresh-rule.ts'

/** What a flight brings home: a value, and what is known of it. */
export interface Outcome<V> {
  readonly value: V
  /** The value was current at this time of the clock. */
  readonly freshAt: number
  readonly tags: readonly string[]
  readonly version: Version | undefined
  /** The source was asked several times, and has nothing newer, though there is: the reader gets it all the same. */
  readonly outdated: boolean
  /** No tag message up to this tick kills the value. A later one may, for those who joined after it. */
  readonly aliveAtTick: number
  /** How old the value is, if it is to be loaded anew in the background. */
  readonly refreshDue: Aged | undefined
}

/** Who waits for a flight. */
export interface Passenger<V> {
  landed(outcome: Outcome<V>): void
  failed(error: unknown): void
}

/** One read of a key under way, through L2 and the loader, that any number of callers share. */
export class Flight<V> {
  readonly startedAt: number
  /** Position that was applied at take-off, within its epoch: what comes later and names the key dooms the flight. */
  readonly asOf: number
  readonly #passengers: Passenger<V>[] = []
  #cacheable = true
  #outcome: Promise<Outcome<V>> | undefined

  constructor(startedAt: number, asOf: number) {
    this.startedAt = startedAt
    this.asOf = asOf
  }

  /** False once the key was invalidated or the flight replaced: its result is for those who joined, never for a cache. */
  get cacheable(): boolean {
    return this.#cacheable
  }

  doom(): void {
    this.#cacheable = false
  }

  /** Tells the passenger what comes of the flight, which is still under way. */
  carry(passenger: Passenger<V>): void {
    this.#passengers.push(passenger)
  }

  /** What comes of the flight, for those who rather have a promise. Asked for while it is still under way. */
  get outcome(): Promise<Outcome<V>> {
    this.#outcome ??= new Promise((landed, failed) => this.carry({ landed, failed }))
    return this.#outcome
  }

  land(outcome: Outcome<V>): void {
    for (const passenger of this.#passengers) {
      passenger.landed(outcome)
    }
  }

  fail(error: unknown): void {
    for (const passenger of this.#passengers) {
      passenger.failed(error)
    }
  }
}
