import { checkKey, checkName, checkOptions, InvalidArgumentError } from '@rescind/options'
import { newId } from './ids.ts'
import type { Message } from './message.ts'

/** Keys or tags that one call may name. */
const MAX_ITEMS = 10_000

/** The keys of one region whose values are no longer current. */
export interface Invalidation {
  readonly region: string
  readonly keys: readonly string[]
}

/** @throws {InvalidArgumentError} */
export function composeInvalidate(origin: string, invalidation: Invalidation): Message {
  checkOptions('invalidation', invalidation, ['region', 'keys'])
  const { region, keys } = invalidation
  checkName('region', region)
  checkItems('keys', keys)
  return { kind: 'invalidate', id: newId(), origin, sentAt: Date.now(), region, keys: [...keys] }
}

/** @throws {InvalidArgumentError} */
export function composeInvalidateTags(origin: string, tags: readonly string[]): Message {
  checkItems('tags', tags)
  return { kind: 'invalidate-tags', id: newId(), origin, sentAt: Date.now(), tags: [...tags] }
}

function checkItems(name: string, items: unknown): void {
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    throw new InvalidArgumentError(name, `an array of 1 to ${MAX_ITEMS} strings; make several calls for more`, items)
  }
  for (const item of items) {
    checkKey(`each of ${name}`, item)
  }
}
