import { checkKey, checkName, checkOptions, checkVersion, InvalidArgumentError } from '@rescind/options'
import type { Batch } from './batch.ts'
import type { Message, RegionKeys } from './message.ts'

/** Keys, tags or regions that one call may name. */
const MAX_ITEMS = 10_000

/** The keys of one region, each with the version below which its value is no longer current. */
export interface Bump {
  readonly region: string
  /** Whole numbers from 0 to 2^63 - 1. */
  readonly versions: Readonly<Record<string, number | bigint>> | ReadonlyMap<string, number | bigint>
}

/** What a call says, once its arguments were checked. */
export interface Statement {
  readonly kind: Message['kind']
  /** Tells a batch of that kind what it names. */
  readonly name: (batch: Batch) => void
}

/** @throws {InvalidArgumentError} So do all of these. */
export function keysStatement(invalidation: RegionKeys): Statement {
  checkOptions('invalidation', invalidation, ['region', 'keys'])
  const { region, keys } = invalidation
  checkName('region', region)
  checkItems('keys', keys, checkKey)
  return { kind: 'invalidate', name: (batch) => addAll(batch, region, keys) }
}

export function tagsStatement(tags: readonly string[]): Statement {
  checkItems('tags', tags, checkKey)
  return { kind: 'invalidate-tags', name: (batch) => addAll(batch, '', tags) }
}

export function regionsStatement(regions: readonly string[]): Statement {
  checkItems('regions', regions, checkName)
  return { kind: 'clear', name: (batch) => addAll(batch, '', regions) }
}

export const CLEAR_ALL: Statement = { kind: 'clear-all', name: () => undefined }

export function versionsStatement(bump: Bump): Statement {
  checkOptions('bump', bump, ['region', 'versions'])
  const { region } = bump
  checkName('region', region)
  const versions = bump.versions instanceof Map ? [...bump.versions] : Object.entries(bump.versions ?? {})
  if (versions.length === 0 || versions.length > MAX_ITEMS) {
    const expected = `a Map or an object with the versions of 1 to ${MAX_ITEMS} keys; make several calls for more`
    throw new InvalidArgumentError('versions', expected, bump.versions)
  }
  for (const [key, version] of versions) {
    checkKey('each key of versions', key)
    checkVersion('each version', version)
  }
  return {
    kind: 'bump',
    name: (batch) => {
      for (const [key, version] of versions) {
        batch.add(region, key, BigInt(version))
      }
    },
  }
}

function addAll(batch: Batch, region: string, names: readonly string[]): void {
  for (const name of names) {
    batch.add(region, name)
  }
}

function checkItems<Item>(name: string, items: readonly Item[], check: (name: string, item: Item) => void): void {
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    throw new InvalidArgumentError(name, `an array of 1 to ${MAX_ITEMS} strings; make several calls for more`, items)
  }
  for (const item of items) {
    check(`each of ${name}`, item)
  }
}
