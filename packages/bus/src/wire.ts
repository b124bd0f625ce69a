import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { pack, unpack } from './msgpack-codec.ts'
import { parsePosition } from './position.ts'

/** The version of messages and broadcasts that this release writes and reads. */
export const WIRE_VERSION = 1

/** On the wire a message is an array: version, kind, id, origin, sent-at, then what the kind needs. */
const KIND = { invalidate: 1, 'invalidate-tags': 2 } as const

export function encodeMessage(message: Message): Uint8Array {
  const head = [WIRE_VERSION, KIND[message.kind], message.id, message.origin, message.sentAt]
  return pack(message.kind === 'invalidate' ? [...head, message.region, message.keys] : [...head, message.tags])
}

/** The message in these bytes, or undefined if they hold none that this release knows. Never throws. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  return readMessage(unpackOrUndefined(bytes))
}

/** A broadcast is an array too: version, position, previous chain, chain, message. Undefined if it is no such thing. */
export function decodeBroadcast(bytes: Uint8Array): LiveEntry | undefined {
  const fields = unpackOrUndefined(bytes)
  if (!Array.isArray(fields) || fields.length < 5 || fields[0] !== WIRE_VERSION) {
    return undefined
  }
  const [, id, previous, chain, message] = fields
  const position = typeof id === 'string' ? parsePosition(id) : undefined
  if (!position || typeof previous !== 'string' || typeof chain !== 'string') {
    return undefined
  }
  return { position, previous, chain, message: readMessage(message) }
}

function readMessage(fields: unknown): Message | undefined {
  if (!Array.isArray(fields) || fields[0] !== WIRE_VERSION) {
    return undefined
  }
  const [, kind, id, origin, sentAt, first, second] = fields
  if (typeof id !== 'string' || typeof origin !== 'string' || !Number.isFinite(sentAt)) {
    return undefined
  }
  if (kind === KIND.invalidate && typeof first === 'string' && isStrings(second)) {
    return { kind: 'invalidate', id, origin, sentAt, region: first, keys: second }
  }
  if (kind === KIND['invalidate-tags'] && isStrings(first)) {
    return { kind: 'invalidate-tags', id, origin, sentAt, tags: first }
  }
  return undefined
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function unpackOrUndefined(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes)
  } catch {
    return undefined
  }
}
