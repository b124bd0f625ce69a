import type { KeyOfRegion } from './history.ts'

/** Values by the region and the key of what they are about; made when they are first asked for. */
export class ByKey<T> {
  readonly #regions = new Map<string | undefined, Map<string, T>>()
  readonly #make: (named: KeyOfRegion) => T

  constructor(make: (named: KeyOfRegion) => T) {
    this.#make = make
  }

  of(named: KeyOfRegion): T {
    const { region, key } = named
    let keys = this.#regions.get(region)
    if (!keys) {
      keys = new Map()
      this.#regions.set(region, keys)
    }
    let value = keys.get(key)
    if (value === undefined) {
      value = this.#make(named)
      keys.set(key, value)
    }
    return value
  }

  *[Symbol.iterator](): Iterator<[KeyOfRegion, T]> {
    for (const [region, keys] of this.#regions) {
      for (const [key, value] of keys) {
        yield [region === undefined ? { key } : { region, key }, value]
      }
    }
  }

  get size(): number {
    let size = 0
    for (const keys of this.#regions.values()) {
      size += keys.size
    }
    return size
  }
}

/** The items by what they are about. */
export function groupByKey<T extends KeyOfRegion>(items: Iterable<T>): ByKey<T[]> {
  const groups = new ByKey<T[]>(() => [])
  for (const item of items) {
    groups.of(item).push(item)
  }
  return groups
}

/** The items by what the function says of each, in their order. */
export function groupBy<T, G>(items: Iterable<T>, groupOf: (item: T) => G): Map<G, T[]> {
  const groups = new Map<G, T[]>()
  for (const item of items) {
    const group = groupOf(item)
    const known = groups.get(group)
    if (known) {
      known.push(item)
    } else {
      groups.set(group, [item])
    }
  }
  return groups
}
