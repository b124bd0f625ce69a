import type { PublishOptions, Receipt } from '@rescind/bus'
import type { Inspection } from './inspect.ts'
import type { ReadOptions } from './read-plan.ts'
import type { WarmOptions, WarmReport } from './warm.ts'
import type { WriteOptions } from './write-options.ts'

/** Values of one kind, by id, with the loader that reads them from the source of truth. */
export interface Region<V, K extends string = string> {
  readonly name: string
  /**
   * The value, from L1, L2 or the loader; what the loader returned for one that does not exist. Never staler than the
   * bound of the cache. The first read waits up to 250 ms for the connection. Rejects with what the loader, `tags` or
   * `version` threw, and else only with:
   *
   * @throws {InvalidArgumentError} for an id that is no well-formed string of up to 1 KiB, for wrong options, or if
   * `tags` returns anything but up to 128 such strings, or `version` anything but a version.
   * @throws {LoadTimeoutError}
   */
  get(id: K, options?: ReadOptions): Promise<V>
  /** The value, if this process holds it and may serve it now as a current one; else undefined. Never waits, never loads. */
  peek(id: K): V | undefined
  /**
   * The values that exist, in the order asked. What is missing is asked of L2 in one round trip, and loaded by one call
   * of `loadMany`, or of `load` for each, all at the same time. Options and errors as for `get`, but if some cannot be had:
   *
   * @throws {ReadManyError} when all is settled, with the values of the others.
   */
  getMany(ids: readonly K[], options?: ReadOptions): Promise<Map<string, NonNullable<V>>>
  /**
   * Reads these values, so that this process holds them: for the start, before it takes requests. Says what failed and
   * goes on.
   *
   * @throws {InvalidArgumentError}
   */
  warm(ids: readonly K[], options?: WarmOptions): Promise<WarmReport>
  /**
   * Where the value of this id is, and what is known of it, for people to look at. Changes nothing, and never rejects but
   * for an id that is none.
   *
   * @throws {InvalidArgumentError}
   */
  inspect(id: K): Promise<Inspection<V>>
  /**
   * Says that the values of these 1 to 10,000 ids are no longer current; call it after the commit. When it resolves,
   * the message is in the log and this process has dropped its values. If it rejects, it has dropped them all the same.
   *
   * @throws {InvalidArgumentError}
   * @throws {PublishTimeoutError} not acknowledged in time, but queued: the others will hear of it later.
   * @throws {PublishFailedError} refused: the others will not hear of it.
   * @throws {ConfirmFailedError} with `confirm`, if a member of the bus is not strict.
   * @throws {ClosedError}
   */
  invalidate(ids: K | readonly K[], options?: PublishOptions): Promise<Receipt>
  /**
   * Says that the value of this id has this version now, from 0 to 2^63 - 1; call it after the commit, in any order, any
   * number of times. Where the region has `version`, every process keeps what is at or above it, and loads that return
   * less are repeated; where it has not, as `invalidate`. As that otherwise.
   */
  bump(id: K, version: number | bigint, options?: PublishOptions): Promise<Receipt>
  /**
   * Writes a value through: `save` of the region writes it to the source, then every process drops the old one, and L2 and this
   * process get the new one if nothing else has happened to the key meanwhile; if something has, it is left invalidated, never old.
   * Resolves as `invalidate` does. Rejects with what `save` threw, which has changed no cache, and else only with:
   *
   * @throws {InvalidArgumentError} not saved; also if the region has no `save`.
   * @throws {ClosedError} not saved.
   * @throws {SaveTimeoutError} not known to be saved; the key is invalidated.
   * @throws {PublishTimeoutError} saved, and cached nowhere; not acknowledged in time, but queued: the others will hear of it later.
   * @throws {PublishFailedError} saved, and cached nowhere; refused, or closed meanwhile: the others will not hear of it.
   * @throws {ConfirmFailedError} saved; with `confirm`, if a member of the bus is not strict.
   */
  set(id: K, value: V, options?: WriteOptions): Promise<Receipt>
  /** Says that no value of this region is current, however many there are; costs one message. As `invalidate` otherwise. */
  clear(options?: PublishOptions): Promise<Receipt>
}
