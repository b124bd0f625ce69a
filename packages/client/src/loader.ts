import type { Version } from '@rescind/core'
import { type Clock, checkKey, checkVersion, InvalidArgumentError } from '@rescind/options'
import { LoadTimeoutError, SaveTimeoutError } from './errors.ts'
import { contextOf, type Keeping, Keepings, type LoadManyContext } from './load-context.ts'
import type { ResolvedRegion } from './region-options.ts'
import { inTime, type TimeLimit } from './time-limit.ts'

/** Most tags that one value may have. */
const MAX_TAGS = 128

export interface Loaded<V> extends Keeping {
  readonly value: V
  readonly tags: readonly string[]
  /** Undefined where values have none, and for what does not exist. */
  readonly version: Version | undefined
  /** False for undefined and null. */
  readonly found: boolean
  /** How long the loader took. */
  readonly computeMs: number
}

/** The loader that one read brings along, where the region has none that knows its arguments. */
export type Load<V> = ResolvedRegion<V>['load']

/** Calls the loaders of one region and asks for the tags and versions of what they bring. */
export class Loader<V> {
  readonly #region: string
  readonly #options: ResolvedRegion<V>
  readonly #clock: Clock

  constructor(region: string, options: ResolvedRegion<V>, clock: Clock) {
    this.#region = region
    this.#options = options
    this.#clock = clock
  }

  /**
   * @param withinMs what is left of the time for it.
   * @throws {LoadTimeoutError} after `loadTimeout`, having aborted the signal; and whatever `load`, `tags` or `version` throws.
   */
  one(
    id: string,
    load: Load<V> = this.#options.load,
    withinMs: number = this.#options.loadTimeoutMs,
  ): Promise<Loaded<V>> {
    const startedAt = this.#clock()
    const keepings = new Keepings()
    return inTime<V, Loaded<V>>({
      ms: withinMs,
      call: (limit) => load(id, contextOf(id, keepings, limit)),
      finish: (value) => this.#describe(id, value, keepings, this.#clock() - startedAt),
      tooLate: () => this.#late([id]),
    })
  }

  /**
   * The values of the ids, or why there is none, in one call of `loadMany`.
   *
   * @param withinMs what is left of the time for it.
   * @throws {LoadTimeoutError} and whatever `loadMany` throws.
   */
  many(
    ids: readonly string[],
    withinMs: number = this.#options.loadTimeoutMs,
  ): Promise<Map<string, Loaded<V> | Error>> {
    const { loadMany } = this.#options
    if (!loadMany) {
      return Promise.reject(new Error('There is no loadMany'))
    }
    const startedAt = this.#clock()
    const keepings = new Keepings()
    const context = (limit: TimeLimit): LoadManyContext => ({
      get signal() {
        return limit.signal
      },
      setTtl: (id, ttl) => keepings.setTtl(id, ttl),
      skip: (id) => keepings.skip(id),
    })
    return inTime({
      ms: withinMs,
      call: (limit) => loadMany(ids, context(limit)),
      finish: (values) => {
        if (!(values instanceof Map)) {
          throw new InvalidArgumentError('the result of loadMany', 'a Map from ids to values or errors', values)
        }
        const computeMs = this.#clock() - startedAt
        // What is not in the Map is undefined, as it is for a loader of one that found nothing.
        return new Map(ids.map((id) => [id, this.#settle(id, values.get(id) as V | Error, keepings, computeMs)]))
      },
      tooLate: () => this.#late(ids),
    })
  }

  /**
   * Saves a value. What is to be cached of it is described only when asked, since `tags` may throw.
   *
   * @param tooLate hears of a save that goes on after its time.
   * @throws {SaveTimeoutError} after `saveTimeout`, having aborted the signal; and whatever `save` throws.
   */
  save(id: string, value: V, tooLate: (work: Promise<unknown>) => void): Promise<() => Loaded<V>> {
    const { save, saveTimeoutMs } = this.#options
    if (!save) {
      return Promise.reject(new Error('There is no save'))
    }
    const startedAt = this.#clock()
    const keepings = new Keepings()
    return inTime<unknown, () => Loaded<V>>({
      ms: saveTimeoutMs,
      call: (limit) => save(id, value, contextOf(id, keepings, limit)),
      finish: (saved) => {
        const computeMs = this.#clock() - startedAt
        return () => this.#describe(id, saved === undefined ? value : (saved as V), keepings, computeMs)
      },
      tooLate: (work) => {
        tooLate(work)
        return new SaveTimeoutError(this.#region, id, saveTimeoutMs)
      },
    })
  }

  #settle(id: string, value: V | Error, keepings: Keepings, computeMs: number): Loaded<V> | Error {
    if (value instanceof Error) {
      return value
    }
    try {
      return this.#describe(id, value, keepings, computeMs)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error), { cause: error })
    }
  }

  #describe(id: string, value: V, keepings: Keepings, computeMs: number): Loaded<V> {
    const [ttlMs, cacheable] = [keepings.ttlMsOf(id), keepings.isCacheable(id)]
    if (value === undefined || value === null) {
      return { value, tags: NONE, version: undefined, found: false, computeMs, ttlMs, cacheable }
    }
    const version = this.#options.version?.(value, id)
    if (this.#options.version) {
      checkVersion('the result of version', version)
    }
    if (!this.#options.tags) {
      return { value, tags: NONE, version, found: true, computeMs, ttlMs, cacheable }
    }
    const tags = this.#options.tags(value, id)
    checkTags(tags)
    return { value, tags: [...tags], version, found: true, computeMs, ttlMs, cacheable }
  }

  #late(ids: readonly string[]): LoadTimeoutError {
    return new LoadTimeoutError(this.#region, ids, this.#options.loadTimeoutMs)
  }
}

const NONE: readonly string[] = Object.freeze([])

function checkTags(tags: unknown): void {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS) {
    throw new InvalidArgumentError('the result of tags', `an array of at most ${MAX_TAGS} strings`, tags)
  }
  for (const tag of tags) {
    checkKey('each tag', tag)
  }
}
