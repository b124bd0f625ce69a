import { createHash } from 'node:crypto'
import { InvalidArgumentError } from '@rescind/options'

/** A key that is longer is replaced by its digest. */
const LONGEST = 256
const DEEPEST = 32

/**
 * A text that is the same for equal arguments and for no others, as `Cache.wrap` says.
 *
 * @throws {InvalidArgumentError} for an argument that has no such text.
 */
export function keyOfArguments(args: readonly unknown[]): string {
  const given = args.findLastIndex((argument) => argument !== undefined) + 1
  const key = args
    .slice(0, given)
    .map((argument, index) => write(argument, `argument ${index + 1}`, 0))
    .join(',')
  return key.length <= LONGEST ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > DEEPEST) {
    throw new InvalidArgumentError(path, `nested ${DEEPEST} deep at most; give \`key\` for others`, value)
  }
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return writeObject(value, path, depth)
    default:
      throw new InvalidArgumentError(path, 'plain data; give `key` for others', value)
  }
}

function writeObject(value: object | null, path: string, depth: number): string {
  if (value === null) {
    return 'null'
  }
  if (value instanceof Date) {
    return `Date(${value.getTime()})`
  }
  if (Array.isArray(value)) {
    // A hole is undefined, as it is for who reads it.
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InvalidArgumentError(path, 'plain data; give `key` for instances of classes', value)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new InvalidArgumentError(path, 'plain data; give `key` for what has symbols for names', value)
  }
  const properties = Object.entries(value)
    .filter(([, property]) => property !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => `${JSON.stringify(name)}:${write(property, `${path}.${name}`, depth + 1)}`)
  return `{${properties.join(',')}}`
}
