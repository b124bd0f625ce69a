import type { Message } from './message.ts'

/*
 * About how many bytes a message and its parts take up; never too few.
 */

export function textWeight(text: string): number {
  return Buffer.byteLength(text) + 5
}

/** Bytes of a version in a message, at most. */
const VERSION_WEIGHT = 21
/** What a message takes up that names nothing. */
export const EMPTY_WEIGHT = 100

export function messageWeight(message: Message): number {
  return EMPTY_WEIGHT + bodyWeight(message)
}

function bodyWeight(message: Message): number {
  switch (message.kind) {
    case 'invalidate':
      return sum(message.items, ({ region, keys }) => regionWeight(region) + sum(keys, textWeight))
    case 'invalidate-tags':
      return sum(message.tags, textWeight)
    case 'clear':
      return sum(message.regions, textWeight)
    case 'bump':
      return sum(message.items, ({ region, versions }) => regionWeight(region) + sum(versions.keys(), versionWeight))
    case 'clear-all':
      return 0
  }
}

/** A region, without the names in it. */
export function regionWeight(region: string): number {
  // And the length of the list of names.
  return textWeight(region) + 5
}

/** A key with its version. */
export function versionWeight(key: string): number {
  return textWeight(key) + VERSION_WEIGHT
}

/** By a plain loop, since each message comes through here. */
function sum<Item>(items: Iterable<Item>, weigh: (item: Item) => number): number {
  let total = 0
  for (const item of items) {
    total += weigh(item)
  }
  return total
}
