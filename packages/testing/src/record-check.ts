import { parsePosition } from '@rescind/bus'
import { InvalidHistoryError } from './errors.ts'
import type { HistoryRecord } from './history.ts'

interface Field {
  readonly is: (value: unknown) => boolean
  readonly expected: string
  readonly optional: boolean
}

const text = need('a string', (value) => typeof value === 'string')
const flag = need('true or false', (value) => typeof value === 'boolean')
const time = need('a finite number of milliseconds', (value) => Number.isFinite(value))
const version = need('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
const bound = need('a number of milliseconds from 0', (value) => Number.isFinite(value) && (value as number) >= 0)
const texts = need('an array of strings', (value) => Array.isArray(value) && value.every(text.is))
const position = need(
  'a position, as `epoch-seq`',
  (value) => typeof value === 'string' && parsePosition(value) !== undefined,
)

const ofKey = { region: maybe(text), key: text }

const FIELDS = {
  read: {
    ...ofKey,
    process: text,
    version: maybe(version),
    invokedAt: time,
    returnedAt: time,
    way: oneOf('get', 'getMany', 'peek'),
    hit: maybe(flag),
    after: maybe(text),
    maxStalenessMs: maybe(bound),
    failure: maybe(text),
  },
  write: {
    ...ofKey,
    process: text,
    version,
    invokedAt: maybe(time),
    committedAt: time,
    ackedAt: maybe(time),
    how: oneOf('invalidate', 'tag', 'clear', 'set', 'bump', 'queue'),
    tags: maybe(texts),
    confirmed: maybe(flag),
    token: maybe(text),
    position: maybe(position),
    deleted: maybe(flag),
  },
  applied: { process: text, position, at: time },
  flush: { process: text, reason: text, position, at: time },
  load: { ...ofKey, process: text, beganAt: time, endedAt: maybe(time), version: maybe(version) },
  held: { ...ofKey, process: maybe(text), version: maybe(version), at: time },
  fault: { what: text, from: time, until: maybe(time), processes: maybe(texts), mayFlush: maybe(flag) },
  crash: { process: text, at: time },
} satisfies Readonly<Record<HistoryRecord['type'], Readonly<Record<string, Field>>>>

const TYPES: ReadonlyMap<unknown, readonly (readonly [string, Field])[]> = new Map(
  Object.entries(FIELDS).map(([type, fields]) => [type, Object.entries(fields)]),
)

/** What comes after what, within one record. */
const ORDERS = [
  ['invokedAt', 'returnedAt'],
  ['invokedAt', 'committedAt'],
  ['committedAt', 'ackedAt'],
  ['beganAt', 'endedAt'],
  ['from', 'until'],
] as const

/** @throws {InvalidHistoryError} unless this is a record, complete, without a field that nobody reads, and possible. */
export function assertRecord(record: unknown): asserts record is HistoryRecord {
  if (!isObject(record)) {
    throw new InvalidHistoryError('A record is an object', record)
  }
  const { type } = record
  const fields = TYPES.get(type)
  if (!fields) {
    throw new InvalidHistoryError(`type must be one of ${[...TYPES.keys()].join(', ')}`, record)
  }
  let known = 1
  for (const [name, field] of fields) {
    const value = record[name]
    if (!(value === undefined ? field.optional : field.is(value))) {
      throw new InvalidHistoryError(`${name} of a ${type} must be ${field.expected}`, record)
    }
    known += Object.hasOwn(record, name) ? 1 : 0
  }
  if (Object.keys(record).length > known) {
    throw new InvalidHistoryError(`A ${type} has ${fields.map(([name]) => name).join(', ')}, and nothing else`, record)
  }
  for (const [earlier, later] of ORDERS) {
    const [before, after] = [record[earlier], record[later]]
    if (typeof before === 'number' && typeof after === 'number' && before > after) {
      throw new InvalidHistoryError(`${later} of a ${type} must not be before ${earlier}`, record)
    }
  }
  if (record['failure'] !== undefined && record['version'] !== undefined) {
    throw new InvalidHistoryError('A read has a version or a failure, not both', record)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function need(expected: string, is: Field['is']): Field {
  return { expected, is, optional: false }
}

function maybe(field: Field): Field {
  return { ...field, optional: true }
}

function oneOf(...values: readonly string[]): Field {
  return need(`one of ${values.join(', ')}`, (value) => typeof value === 'string' && values.includes(value))
}
