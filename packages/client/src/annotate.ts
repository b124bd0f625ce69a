import { type Annotated, ENTRIES, MAP, NEGATIVE_ZERO, type NoteKind, type Path, SET, UTF16 } from './notes.ts'
import { describePlace } from './place.ts'

/** What MessagePack, with the extensions of msgpackr, carries as it is. */
const CARRIED: ReadonlySet<unknown> = new Set<unknown>(
  [
    ...[Date, Buffer, ArrayBuffer, DataView],
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
    ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
  ].map(({ prototype }) => prototype),
)

/** How deep values may be nested, so that neither end runs out of stack. */
const MAX_DEPTH = 256

/**
 * Looks through a value once, for what MessagePack would lose: that is noted, or refused. The data share what needs no note with the
 * value, which stays as it was.
 *
 * @throws {Error} that names the place: instances of classes, functions, symbols, cycles, more than 256 levels.
 */
export function annotate(value: unknown): Annotated {
  const walk = new Walk(value)
  return { data: walk.carry(value, 0), notes: walk.notes }
}

class Walk {
  readonly notes: (NoteKind | Path)[] = []
  readonly #root: unknown
  /** The way to the place that is looked at; what is behind its depth is left over from earlier. */
  readonly #path: (string | number)[] = []
  readonly #holders: unknown[] = []

  constructor(root: unknown) {
    this.#root = root
  }

  /** What MessagePack is given for the value at this depth of the path: the value itself, or another beside a note. */
  carry(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return isPlainText(value) ? value : this.#note(UTF16, depth, Buffer.from(value, 'utf16le'))
      case 'number':
        return Object.is(value, -0) ? this.#note(NEGATIVE_ZERO, depth, 0) : value
      case 'object':
        return value === null ? value : this.#carryObject(value, depth)
      case 'function':
      case 'symbol':
        return this.#refuse(depth, `is a ${typeof value}`)
      default:
        return value
    }
  }

  #carryObject(value: object, depth: number): unknown {
    const prototype: object | null = Object.getPrototypeOf(value)
    if (CARRIED.has(prototype)) {
      return value
    }
    this.#enter(value, depth)
    if (prototype === Object.prototype || prototype === null) {
      return this.#carryRecord(value, depth)
    }
    if (Array.isArray(value) && Array.isArray(prototype)) {
      return this.#carryArray(value, depth)
    }
    if (value instanceof Map && prototype === Map.prototype) {
      return this.#note(MAP, depth, this.#carryArray([...value].flat(), depth))
    }
    if (value instanceof Set && prototype === Set.prototype) {
      return this.#note(SET, depth, this.#carryArray([...value], depth))
    }
    if (isObjectPrototype(prototype)) {
      return this.#carryRecord(value, depth)
    }
    return this.#refuse(depth, `is an instance of ${nameOf(prototype)}`)
  }

  #carryRecord(value: object, depth: number): unknown {
    const inner = this.notes.length
    let copy: Record<string, unknown> | undefined
    const record = value as Record<string, unknown>
    for (const key of Object.keys(record)) {
      if (key === '__proto__' || !isPlainText(key)) {
        // What was noted of it so far goes by its keys.
        this.notes.length = inner
        return this.#note(ENTRIES, depth, this.#carryArray(Object.entries(record).flat(), depth))
      }
      const child = record[key]
      if (!isPlain(child)) {
        this.#path[depth] = key
        const carried = this.carry(child, depth + 1)
        if (carried !== child) {
          copy ??= { ...value }
          copy[key] = carried
        }
      }
    }
    return copy ?? value
  }

  #carryArray(values: readonly unknown[], depth: number): unknown {
    let copy: unknown[] | undefined
    for (let index = 0; index < values.length; index += 1) {
      const child = values[index]
      if (!isPlain(child)) {
        this.#path[depth] = index
        const carried = this.carry(child, depth + 1)
        if (carried !== child) {
          copy ??= [...values]
          copy[index] = carried
        }
      }
    }
    return copy ?? values
  }

  #note(kind: NoteKind, depth: number, data: unknown): unknown {
    this.notes.push(kind, this.#path.slice(0, depth))
    return data
  }

  #enter(value: object, depth: number): void {
    this.#holders[depth] = value
    if (depth < MAX_DEPTH) {
      return
    }
    const cycle = this.#holders.findIndex((holder, at) => this.#holders.indexOf(holder) < at)
    if (cycle > 0) {
      this.#refuse(cycle, 'contains itself')
    }
    this.#refuse(4, `is nested more than ${MAX_DEPTH} levels deep`)
  }

  #refuse(depth: number, what: string): never {
    throw new Error(`${describePlace(this.#root, this.#path.slice(0, depth))} ${what}; give the region a codec`)
  }
}

/** What needs neither a note nor a closer look. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainText(value)
    case 'number':
      return !Object.is(value, -0)
    case 'object':
      return value === null
    default:
      return typeof value !== 'function' && typeof value !== 'symbol'
  }
}

/** What UTF-8 keeps: a lone surrogate it does not, and a byte order mark in front it may not. */
function isPlainText(text: string): boolean {
  return text.charCodeAt(0) !== 0xfeff && text.isWellFormed()
}

/** Of another realm, as a test runner or `node:vm` has them: the end of the chain, where all that an object can do stands. */
function isObjectPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'propertyIsEnumerable')
}

function nameOf(prototype: object): string {
  return prototype.constructor?.name || 'a class without a name'
}
