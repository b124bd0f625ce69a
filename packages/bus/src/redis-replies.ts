import { RedisReplyError } from './errors.ts'
import type { LiveEntry, LogEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { type Position, parsePosition } from './position.ts'
import type { BeatReply, MarkerReport, Member, Membership } from './transport.ts'
import { decodeMessage } from './wire.ts'

/*
 * What the scripts return, read from Buffers. A reply of another shape is a server that is not ours to trust: it throws
 * RedisReplyError.
 */

export function readBeat(reply: unknown): BeatReply {
  const [position, chain, incarnation, beats, born, settled, members] = readArray(reply)
  return {
    tail: { position: readPosition(position), chain: readText(chain) },
    incarnation: readText(incarnation),
    beats: readNumber(beats),
    born: readText(born),
    settled: settled === 1,
    members: readMembers(members),
  }
}

export function readMembership(reply: unknown): Membership {
  const [position, settled, members] = readArray(reply)
  return { position: readPosition(position), settled: settled === 1, members: readMembers(members) }
}

export function readAppended(reply: unknown, message: Message): LiveEntry {
  const [position, previous, chain] = readArray(reply)
  const place = readPosition(position)
  return { position: place, previous: readText(previous), chain: readText(chain), id: message.id, message }
}

/** The reply of XRANGE: [[id, ['c', chain, 'i', id, 'm', payload]], ...]. */
export function readPage(reply: unknown): LogEntry[] {
  return readArray(reply).map((item) => {
    const [id, fields] = readArray(item)
    const [, chain, , message, , payload] = readArray(fields)
    return {
      position: readPosition(id),
      chain: readText(chain),
      message: payload instanceof Uint8Array ? decodeMessage(readText(message), payload) : undefined,
    }
  })
}

/** Nothing, for a log that is not the one that was asked for. */
export function readMarkers(reply: unknown): MarkerReport | undefined {
  const [region, floor, ...tags] = readArray(reply).map((score) => Number(readText(score)))
  return region === undefined ? undefined : { region, floor: floor ?? 0, tags }
}

function readMembers(reply: unknown): Member[] {
  const texts = readArray(reply).map(readText)
  const members: Member[] = []
  for (let n = 0; n < texts.length; n += 2) {
    members.push({ id: texts[n] ?? '', mark: texts[n + 1] ?? '' })
  }
  return members
}

export function readArray(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) {
    throw new RedisReplyError(`Expected an array from Redis; received ${typeof reply}`)
  }
  return reply
}

export function readNumber(reply: unknown): number {
  if (typeof reply !== 'number') {
    throw new RedisReplyError(`Expected a number from Redis; received ${typeof reply}`)
  }
  return reply
}

export function readText(reply: unknown): string {
  if (!(reply instanceof Uint8Array)) {
    throw new RedisReplyError(`Expected a string from Redis; received ${typeof reply}`)
  }
  return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString()
}

function readPosition(reply: unknown): Position {
  const text = readText(reply)
  const position = parsePosition(text)
  if (!position) {
    throw new RedisReplyError(`Expected a position in the log from Redis; received ${text}`)
  }
  return position
}
