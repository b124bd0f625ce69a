/**
 * What stands in Redis, and under which names: part of the wire, since every member and every write service must
 * agree. The names of a bus share one hash tag, so that in a cluster they share a slot.
 */
export interface BusNames {
  /** Stream: the last messages. */
  readonly log: string
  /** Hash: the epoch and the server on which it began, the members, the markers of regions; see docs/reference/wire.md. */
  readonly meta: string
  /** Sorted set: `t:<tag>` with the seq of its marker; `epoch` with the epoch; `floor`, below which everything is dead. */
  readonly tags: string
  /** The channel on which each appended message is published. */
  readonly channel: string
  /** The channel on which those who wait for another's load hear that it is over: each message is the key of a value. */
  readonly wakes: string
}

export function busNames(name: string): BusNames {
  const prefix = `{${name}}`
  return {
    log: `${prefix}:log`,
    meta: `${prefix}:meta`,
    tags: `${prefix}:tags`,
    channel: `${prefix}:messages`,
    wakes: `${prefix}:wakes`,
  }
}

/** Where the value of a key stands: `shop:product:{42}`. The id is the hash tag, so values spread over a cluster. */
export function valueKey(name: string, region: string, id: string): string {
  return `${name}:${region}:{${escapeId(id)}}`
}

/** The region and the id whose value stands under this key of the bus; undefined if it is none of its keys. */
export function parseValueKey(name: string, key: string): { readonly region: string; readonly id: string } | undefined {
  const [, bus, region, escaped] = /^([^:]+):([^:]+):\{([^{}]+)\}$/.exec(key) ?? []
  if (bus !== name || region === undefined || escaped === undefined) {
    return undefined
  }
  const id = escaped === '%' ? '' : escaped.replaceAll('%7B', '{').replaceAll('%7D', '}').replaceAll('%25', '%')
  return { region, id }
}

/** Where the lease of a key stands, in the slot of its value. */
export function leaseKey(name: string, region: string, id: string): string {
  return leaseOf(valueKey(name, region, id))
}

/** Where the lease stands for the value that stands there. */
export function leaseOf(value: string): string {
  return `${value}:lease`
}

/** Where the lowest version stands that may be current, for the value that stands there. */
export function floorOf(value: string): string {
  return `${value}:floor`
}

/** Braces would end the hash tag early and an empty one is none; `%` alone can stand for no other id. */
function escapeId(id: string): string {
  if (id === '') {
    return '%'
  }
  return /[%{}]/.test(id) ? id.replaceAll('%', '%25').replaceAll('{', '%7B').replaceAll('}', '%7D') : id
}
