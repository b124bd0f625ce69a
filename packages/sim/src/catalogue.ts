/** One value that can be cached. */
export interface Item {
  /** Its place in `ITEMS`. */
  readonly index: number
  readonly id: string
  readonly region: string
  readonly tags: readonly string[]
}

export const REGIONS: readonly string[] = ['r0', 'r1']
export const TAGS: readonly string[] = ['t0', 't1']

/** All there is: few, so that what happens to them meets. */
export const ITEMS: readonly Item[] = [
  { index: 0, id: 'k0', region: 'r0', tags: ['t0'] },
  { index: 1, id: 'k1', region: 'r0', tags: ['t0', 't1'] },
  { index: 2, id: 'k2', region: 'r1', tags: [] },
]

/** The item at this place, counted round and round: a schedule may name any number. */
export function itemAt(n: number): Item {
  const item = ITEMS[n % ITEMS.length]
  if (!item) {
    throw new Error(`There is no item ${n}`)
  }
  return item
}

export function itemOf(id: string): Item {
  const item = ITEMS.find((candidate) => candidate.id === id)
  if (!item) {
    throw new Error(`There is no item ${id}`)
  }
  return item
}
