import type { LiveEntry } from './log-entry.ts'
import type { Message, RegionKeys, RegionVersions } from './message.ts'
import { pack, unpack } from './msgpack-codec.ts'
import { parsePosition } from './position.ts'

/** The version of messages and broadcasts that this release writes and reads. */
export const WIRE_VERSION = 1

/** More than any message of this release takes up: what is longer is not even decoded. */
export const MAX_BROADCAST_BYTES: number = 1024 * 1024

const KIND = { invalidate: 1, 'invalidate-tags': 2, clear: 3, bump: 4, 'clear-all': 5 } as const

const CONFIRM = 1

/**
 * A message without its id, which stands beside it: [version, kind, origin, sent-at, flags, body]. The body is
 * [region, keys, …], [tag, …], [region, …], [region, [key, version, …], …] or nil, by the kinds in their order.
 */
export function encodeMessage(message: Message): Uint8Array {
  const { kind, origin, sentAt, confirm } = message
  return pack([WIRE_VERSION, KIND[kind], origin, sentAt, confirm ? CONFIRM : 0, bodyOf(message)])
}

/** The message in these bytes, or undefined if they hold none that this release knows. Never throws. */
export function decodeMessage(id: string, bytes: Uint8Array): Message | undefined {
  return readMessage(id, unpackBounded(bytes))
}

/**
 * A broadcast is [version, position, previous chain, chain, message id, message]. Undefined if it is no such thing.
 * Never throws.
 */
export function decodeBroadcast(bytes: Uint8Array): LiveEntry | undefined {
  const fields = unpackBounded(bytes)
  if (!Array.isArray(fields) || fields.length < 6 || fields[0] !== WIRE_VERSION) {
    return undefined
  }
  // By index: each message of the bus comes through here, and destructuring an array takes an iterator.
  const place: unknown = fields[1]
  const previous: unknown = fields[2]
  const chain: unknown = fields[3]
  const id: unknown = fields[4]
  const position = typeof place === 'string' ? parsePosition(place) : undefined
  if (!position || typeof previous !== 'string' || typeof chain !== 'string' || typeof id !== 'string') {
    return undefined
  }
  return { position, previous, chain, id, message: readMessage(id, fields[5]) }
}

function bodyOf(message: Message): unknown {
  switch (message.kind) {
    case 'invalidate':
      return message.items.flatMap(({ region, keys }) => [region, keys])
    case 'invalidate-tags':
      return message.tags
    case 'clear':
      return message.regions
    case 'bump':
      return message.items.flatMap(({ region, versions }) => [
        region,
        // As decimal text, which no encoder rounds.
        [...versions].flatMap(([key, version]) => [key, `${version}`]),
      ])
    case 'clear-all':
      return null
  }
}

function readMessage(id: string, fields: unknown): Message | undefined {
  if (!Array.isArray(fields) || fields[0] !== WIRE_VERSION) {
    return undefined
  }
  const kind: unknown = fields[1]
  const origin: unknown = fields[2]
  const sentAt: unknown = fields[3]
  const flags: unknown = fields[4]
  const body: unknown = fields[5]
  if (typeof origin !== 'string' || !isFiniteNumber(sentAt) || !isFiniteNumber(flags)) {
    return undefined
  }
  const confirm = (flags & CONFIRM) !== 0
  if (kind === KIND['clear-all']) {
    return { kind: 'clear-all', id, origin, sentAt, confirm }
  }
  if (!Array.isArray(body) || body.length === 0) {
    return undefined
  }
  if (kind === KIND['invalidate-tags']) {
    return isStrings(body) ? { kind: 'invalidate-tags', id, origin, sentAt, confirm, tags: body } : undefined
  }
  if (kind === KIND.clear) {
    return isStrings(body) ? { kind: 'clear', id, origin, sentAt, confirm, regions: body } : undefined
  }
  if (kind === KIND.invalidate) {
    const items = readPairs(body, readKeys)
    return items && { kind: 'invalidate', id, origin, sentAt, confirm, items }
  }
  if (kind === KIND.bump) {
    const items = readPairs(body, readVersions)
    return items && { kind: 'bump', id, origin, sentAt, confirm, items }
  }
  return undefined
}

/** Reads [region, value, region, value, …]; undefined if one of them is not what it should be. */
function readPairs<Item>(
  body: readonly unknown[],
  read: (region: string, value: unknown) => Item | undefined,
): Item[] | undefined {
  const items: Item[] = []
  for (let n = 0; n < body.length; n += 2) {
    const region = body[n]
    const item = typeof region === 'string' ? read(region, body[n + 1]) : undefined
    if (item === undefined) {
      return undefined
    }
    items.push(item)
  }
  return items
}

function readKeys(region: string, keys: unknown): RegionKeys | undefined {
  return isStrings(keys) ? { region, keys } : undefined
}

function readVersions(region: string, pairs: unknown): RegionVersions | undefined {
  if (!isStrings(pairs) || pairs.length % 2 !== 0) {
    return undefined
  }
  const versions = new Map<string, bigint>()
  for (let n = 0; n < pairs.length; n += 2) {
    const [key = '', version = ''] = pairs.slice(n, n + 2)
    if (!/^\d{1,20}$/.test(version)) {
      return undefined
    }
    const given = BigInt(version)
    const known = versions.get(key) ?? given
    versions.set(key, known > given ? known : given)
  }
  return { region, versions }
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function unpackBounded(bytes: Uint8Array): unknown {
  return bytes.length > MAX_BROADCAST_BYTES ? undefined : unpack(bytes)
}
