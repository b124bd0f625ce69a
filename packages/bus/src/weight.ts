import type { Message } from './message.ts'

/** About how many bytes a text takes up in a message; never too few. */
export function textWeight(text: string): number {
  return Buffer.byteLength(text) + 5
}

/** Bytes of a version in a message, at most. */
const VERSION_WEIGHT = 21
/** Bytes of a message that names nothing, about. */
const EMPTY_WEIGHT = 100

/** About how many bytes a message takes up. */
export function messageWeight(message: Message): number {
  return EMPTY_WEIGHT + bodyWeight(message)
}

function bodyWeight(message: Message): number {
  switch (message.kind) {
    case 'invalidate':
      return sum(message.items, ({ region, keys }) => textWeight(region) + sum(keys, textWeight))
    case 'invalidate-tags':
      return sum(message.tags, textWeight)
    case 'clear':
      return sum(message.regions, textWeight)
    case 'bump':
      return sum(message.items, ({ region, versions }) => textWeight(region) + sum([...versions.keys()], versionWeight))
    case 'clear-all':
      return 0
  }
}

export function versionWeight(key: string): number {
  return textWeight(key) + VERSION_WEIGHT
}

function sum<Item>(items: readonly Item[], weigh: (item: Item) => number): number {
  return items.reduce((total, item) => total + weigh(item), 0)
}
