import { type Duration, durationMs } from '@rescind/options'
import type { TimeLimit } from './time-limit.ts'

/** What a loader gets beside the id. */
export interface LoadContext {
  /** Aborted when the load takes longer than `loadTimeout`; not by `close()`. */
  readonly signal: AbortSignal
  /**
   * Keeps this value for so long, in place of `ttl` (or `notFoundTtl`); the last call counts.
   *
   * @throws {InvalidArgumentError}
   */
  setTtl(ttl: Duration): void
  /** Gives this value to those who wait for it, and caches it nowhere. */
  skip(): void
}

/** What a loader of many gets beside the ids. */
export interface LoadManyContext {
  /** As `LoadContext.signal`. */
  readonly signal: AbortSignal
  /** As `LoadContext.setTtl`, for one of the ids. */
  setTtl(id: string, ttl: Duration): void
  /** As `LoadContext.skip`, for one of the ids. */
  skip(id: string): void
}

/** What a loader has said of one value besides what it is. */
export interface Keeping {
  /** Undefined: as long as the region says. */
  readonly ttlMs: number | undefined
  /** Whether the value may be cached at all. */
  readonly cacheable: boolean
}

/** Notes what a loader says of the values of some ids. */
export class Keepings {
  #ttls: Map<string, number> | undefined
  #skipped: Set<string> | undefined

  setTtl(id: string, ttl: Duration): void {
    this.#ttls ??= new Map()
    this.#ttls.set(id, durationMs('setTtl', ttl))
  }

  skip(id: string): void {
    this.#skipped ??= new Set()
    this.#skipped.add(id)
  }

  ttlMsOf(id: string): Keeping['ttlMs'] {
    return this.#ttls?.get(id)
  }

  isCacheable(id: string): Keeping['cacheable'] {
    return !this.#skipped?.has(id)
  }
}

/** What a loader of one id gets: properties of its own, so that it may be taken apart, and spread. */
export function contextOf(id: string, keepings: Keepings, limit: TimeLimit): LoadContext {
  return {
    get signal() {
      return limit.signal
    },
    setTtl: (ttl) => keepings.setTtl(id, ttl),
    skip: () => keepings.skip(id),
  }
}
