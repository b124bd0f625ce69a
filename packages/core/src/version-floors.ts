import { type Clock, checkInteger, checkOptions, type Duration, durationMs, monotonicClock } from '@rescind/options'

export type Version = number | bigint

export interface VersionFloorsOptions {
  /** Of how many keys the floors are kept; the one raised longest ago goes first. Default 10,000. */
  readonly maxKeys?: number
  /** How long a floor is kept after it was last raised. Default 10 minutes. */
  readonly maxAge?: Duration
  /** Default: the monotonic clock of the process. */
  readonly clock?: Clock
}

/** What of an entry is compared with a floor. */
export interface Versioned {
  readonly version?: Version | undefined
  readonly asOf: number
}

interface Floor {
  readonly version: Version
  readonly position: number
  /** The position counts in this generation only. */
  readonly generation: number
  readonly raisedAt: number
}

/**
 * For each key of which a version was heard, the one below which no value of it is current. They may come in any order
 * and any number of times. To let a floor go loses no invalidation: what was cached below it went when it came. But a
 * source that lags further behind than that, and returns an older version still, is then believed.
 */
export class VersionFloors {
  /** In the order in which they were raised, so that the first is the oldest. */
  readonly #floors = new Map<string, Floor>()
  readonly #maxKeys: number
  readonly #maxAgeMs: number
  readonly #clock: Clock
  #generation = 0

  /** @throws {InvalidArgumentError} */
  constructor(options: VersionFloorsOptions = {}) {
    checkOptions('options of VersionFloors', options, ['maxKeys', 'maxAge', 'clock'])
    const { maxKeys = 10_000, maxAge = '10m', clock = monotonicClock } = options
    checkInteger('maxKeys', maxKeys, 1, 2 ** 23)
    this.#maxKeys = maxKeys
    this.#maxAgeMs = durationMs('maxAge', maxAge)
    this.#clock = clock
  }

  get size(): number {
    return this.#floors.size
  }

  /**
   * Applies a message that the value of a key has a version now.
   *
   * @param version what cannot be compared (NaN) is no version, and bumps nothing: the position alone counts.
   * @param position of the message, against which values without a version are judged.
   */
  bump(key: string, version: Version, position: number): void {
    this.#raise(key, orLowest(version), position)
  }

  /** A value of this version is known to exist. Says nothing of values without a version, nor of the time of a higher floor. */
  raise(key: string, version: Version): void {
    const floor = this.floorOf(key)
    if (floor === undefined || floor <= version) {
      this.#raise(key, version, Number.NEGATIVE_INFINITY)
    }
  }

  /** The lowest version of the key that may still be current, if one is known. */
  floorOf(key: string): Version | undefined {
    return this.#find(key)?.version
  }

  /** Whether a value is below the floor of its key; one without a version, whether its load had not seen the bump. */
  refusal(key: string, { version, asOf }: Versioned): 'outdated' | undefined {
    const floor = this.#find(key)
    if (floor === undefined) {
      return undefined
    }
    const outdated =
      version === undefined || Number.isNaN(version)
        ? floor.generation === this.#generation && asOf < floor.position
        : version < floor.version
    return outdated ? 'outdated' : undefined
  }

  /** Positions begin anew, as in a new epoch; versions belong to the source, and stay. */
  rebase(): void {
    this.#generation += 1
  }

  #raise(key: string, version: Version, position: number): void {
    const now = this.#clock()
    this.#dropOld(now)
    const known = this.#floors.get(key)
    const same = known?.generation === this.#generation
    this.#floors.delete(key)
    this.#floors.set(key, {
      version: known === undefined ? version : higher(known.version, version),
      position: same ? Math.max(known.position, position) : position,
      generation: this.#generation,
      raisedAt: now,
    })
    if (this.#floors.size > this.#maxKeys) {
      this.#dropFirst()
    }
  }

  #find(key: string): Floor | undefined {
    const floor = this.#floors.size === 0 ? undefined : this.#floors.get(key)
    return floor && this.#clock() - floor.raisedAt <= this.#maxAgeMs ? floor : undefined
  }

  #dropOld(now: number): void {
    for (const [key, { raisedAt }] of this.#floors) {
      if (now - raisedAt <= this.#maxAgeMs) {
        return
      }
      this.#floors.delete(key)
    }
  }

  #dropFirst(): void {
    for (const key of this.#floors.keys()) {
      this.#floors.delete(key)
      return
    }
  }
}

/** Whether both are known, and the first is the lower. */
export function isBelow(version: Version | undefined, floor: Version | undefined): boolean {
  return version !== undefined && floor !== undefined && version < floor
}

function higher(left: Version, right: Version): Version {
  return left < right ? right : left
}

function orLowest(version: Version): Version {
  return Number.isNaN(version) ? Number.NEGATIVE_INFINITY : version
}
