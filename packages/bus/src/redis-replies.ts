import { RedisReplyError } from './errors.ts'
import type { LogEntry, Tail } from './log-entry.ts'
import { type Position, parsePosition } from './position.ts'
import type { TagReport } from './transport.ts'
import { decodeMessage } from './wire.ts'

/*
 * What the scripts return, read from Buffers. A reply of another shape is a server that is not ours to trust: it throws
 * RedisReplyError.
 */

export function readTail(reply: unknown): Tail {
  const [position, chain] = readArray(reply)
  return { position: readPosition(position), chain: readText(chain) }
}

export function readAppended(reply: unknown): Tail & { readonly previous: string } {
  const [position, previous, chain] = readArray(reply)
  return { position: readPosition(position), previous: readText(previous), chain: readText(chain) }
}

/** The reply of XRANGE: [[id, ['c', chain, 'i', id, 'm', payload]], ...]. */
export function readPage(reply: unknown): LogEntry[] {
  return readArray(reply).map((item) => {
    const [id, fields] = readArray(item)
    const [, chain, , , , payload] = readArray(fields)
    return {
      position: readPosition(id),
      chain: readText(chain),
      message: payload instanceof Uint8Array ? decodeMessage(payload) : undefined,
    }
  })
}

export function readTagReport(reply: unknown, epoch: number): TagReport | undefined {
  const [reportedEpoch, floor, ...markers] = readArray(reply).map((score) => Number(readText(score)))
  return reportedEpoch === epoch ? { floor: floor ?? 0, markers } : undefined
}

function readArray(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) {
    throw new RedisReplyError(`Expected an array from Redis; received ${typeof reply}`)
  }
  return reply
}

function readText(reply: unknown): string {
  if (!(reply instanceof Uint8Array)) {
    throw new RedisReplyError(`Expected a string from Redis; received ${typeof reply}`)
  }
  return Buffer.from(reply).toString()
}

function readPosition(reply: unknown): Position {
  const text = readText(reply)
  const position = parsePosition(text)
  if (!position) {
    throw new RedisReplyError(`Expected a position in the log from Redis; received ${text}`)
  }
  return position
}
