import type { MessageBody } from '@rescind/bus'
import type { RegionReport } from './region-stats.ts'

/** What a region does with the messages of the bus that concern it. */
export interface Subscriber {
  readonly stats: RegionReport
  /** Drops the keys from L1 and dooms their flights, where they had not seen the message at `position`. */
  drop(keys: readonly string[], position: number): void
  /** As `drop`, but for the values that have these versions, or higher ones, if those of the region have any. */
  outdate(versions: ReadonlyMap<string, bigint>, position: number): void
  /** As `outdate`, for a bump that got no position: drops the keys whatever version is held. */
  dropBumped(versions: ReadonlyMap<string, number | bigint>): void
  /** Says that a new value of this id is in L2, if it is true. */
  renew(id: string): void
  /** Drops some of what has expired in L1. Called every second. */
  prune(): void
  /** Drops from L1 what carries one of the tags, for an invalidation that got no position. */
  dropTagged(tags: ReadonlySet<string>): void
  /** Drops all of L1 and dooms all flights; the region was cleared at `position`, or by a message that got none. */
  dropAll(position: number | undefined): void
  /** Drops all of L1 and dooms all flights; the node continues at `position` and knows nothing of what came before. */
  flush(position: number): void
}

/** Drops what a message names that may not have been heard, and got no position. */
export function dropNamed(
  body: MessageBody,
  regions: ReadonlyMap<string, Subscriber>,
  dropTagged: (tags: readonly string[]) => void,
): void {
  switch (body.kind) {
    case 'invalidate':
      for (const { region, keys } of body.items) {
        regions.get(region)?.drop(keys, Number.POSITIVE_INFINITY)
      }
      break
    case 'bump':
      for (const { region, versions } of body.items) {
        regions.get(region)?.dropBumped(versions)
      }
      break
    case 'invalidate-tags':
      dropTagged(body.tags)
      break
    case 'clear':
      for (const region of body.regions) {
        regions.get(region)?.dropAll(undefined)
      }
      break
    case 'clear-all':
      for (const region of regions.values()) {
        region.dropAll(undefined)
      }
  }
}
