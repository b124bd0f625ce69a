import { uptime } from 'node:os'

/**
 * A monotonic clock in milliseconds with a fraction; only differences mean anything. It never follows a jump of the
 * wall clock. Tests pass their own.
 */
export type Clock = () => number

/** What is read more coarsely than this is no suspension. */
const SUSPICIOUS_MS = 250

/**
 * Counts the time in which the machine was suspended, which a monotonic clock leaves out: on Linux and Windows the
 * uptime of the system goes on meanwhile, and neither follows the wall clock.
 */
export class SuspensionWatch {
  readonly #clock: Clock
  readonly #uptime: Clock
  #ahead: number | undefined
  #suspendedMs = 0

  constructor(clock: Clock, uptimeMs: Clock) {
    this.#clock = clock
    this.#uptime = uptimeMs
  }

  get suspendedMs(): number {
    return this.#suspendedMs
  }

  /** Compares the two clocks. To be called every now and then. */
  look(): void {
    const ahead = this.#readUptime() - this.#clock()
    if (Number.isNaN(ahead)) {
      return
    }
    const gained = ahead - (this.#ahead ?? ahead)
    if (gained > SUSPICIOUS_MS) {
      this.#suspendedMs += gained
    }
    if (gained > SUSPICIOUS_MS || this.#ahead === undefined) {
      this.#ahead = ahead
    }
  }

  /** NaN where the system does not say, as in some sandboxes. */
  #readUptime(): number {
    try {
      return this.#uptime()
    } catch {
      return Number.NaN
    }
  }
}

// The clock itself, also where a test has put another in its place: that would seem to stand still.
const watch = new SuspensionWatch(performance.now.bind(performance), () => uptime() * 1000)

/** The clock of this process. Counts the time in which the machine was suspended, as soon as that is noticed. */
export const monotonicClock: Clock = () => performance.now() + watch.suspendedMs

/** Lets `monotonicClock` notice that the machine was suspended. */
export function noticeSuspension(): void {
  watch.look()
}
