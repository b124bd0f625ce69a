/** A value of the caches of one process. */
export interface Item {
  readonly id: number
}

export function itemOf(id: number): Item {
  return { id }
}

/** A new string each time, as a caller builds it: its hash is not known yet, and it is no other string's object. */
export function keyOf(id: number): string {
  return `item:${id}`
}

/** Which item a key is of. */
export function idOf(key: string): number {
  return Number(key.slice(key.indexOf(':') + 1))
}
