/**
 * What MessagePack alone would lose, said beside the data: which of its places holds more than the data shows, and what. Kept out of
 * the data itself, since the extension types of msgpackr belong to all that use it in the process.
 */
export interface Annotated {
  readonly data: unknown
  /** Kind and path, by turns, of each place; an inner one comes before the one that it lies in. */
  readonly notes: readonly (NoteKind | Path)[]
}

/** From the root down: the key in an object, the index in an array. */
export type Path = readonly (string | number)[]

/** The number -0; the data holds 0. */
export const NEGATIVE_ZERO = 0
/** A Map; the data holds its keys and values, by turns. */
export const MAP = 1
/** A Set; the data holds its members. */
export const SET = 2
/** An object with keys that are no ordinary ones; the data holds its keys and values, by turns. */
export const ENTRIES = 3
/** A text that is not well-formed, or begins with a byte order mark; the data holds it in UTF-16, little end first. */
export const UTF16 = 4

export type NoteKind = typeof NEGATIVE_ZERO | typeof MAP | typeof SET | typeof ENTRIES | typeof UTF16

/** @throws {Error} when a note does not fit the data. Changes the data. */
export function restore(data: unknown, notes: readonly unknown[]): unknown {
  const root = [data]
  for (let n = 0; n < notes.length; n += 2) {
    const path = notes[n + 1]
    if (!Array.isArray(path)) {
      throw new Error('A note without a path')
    }
    restoreAt(root, [0, ...path], notes[n])
  }
  return root[0]
}

function restoreAt(root: unknown[], path: readonly unknown[], kind: unknown): void {
  let holder: unknown = root
  let depth = 0
  for (; depth < path.length - 1; depth += 1) {
    holder = childOf(holder, path[depth])
  }
  const place = path[depth]
  const restored = restoredOf(kind, childOf(holder, place))
  if (Array.isArray(holder)) {
    holder[Number(place)] = restored
  } else if (isRecord(holder)) {
    holder[String(place)] = restored
  }
}

function childOf(holder: unknown, place: unknown): unknown {
  if (Array.isArray(holder) && typeof place === 'number' && Object.hasOwn(holder, place)) {
    return holder[place]
  }
  if (!Array.isArray(holder) && isRecord(holder) && typeof place === 'string' && Object.hasOwn(holder, place)) {
    return holder[place]
  }
  throw new Error('A note about a place that is not there')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function restoredOf(kind: unknown, data: unknown): unknown {
  if (kind === NEGATIVE_ZERO && data === 0) {
    return -0
  }
  if (kind === UTF16 && Buffer.isBuffer(data)) {
    return data.toString('utf16le')
  }
  if (kind === SET && Array.isArray(data)) {
    return new Set<unknown>(data)
  }
  if (kind === MAP && Array.isArray(data)) {
    return new Map(pairsOf(data))
  }
  if (kind === ENTRIES && Array.isArray(data)) {
    const pairs = pairsOf(data)
    if (pairs.every((pair): pair is [string, unknown] => typeof pair[0] === 'string')) {
      // Defines the properties: the key __proto__ is one like any other.
      return Object.fromEntries(pairs)
    }
  }
  throw new Error('A note that does not fit the data')
}

function pairsOf(flat: readonly unknown[]): [unknown, unknown][] {
  if (flat.length % 2 !== 0) {
    throw new Error('A key without a value')
  }
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n], flat[2 * n + 1]])
}
