import { InvalidArgumentError } from '@rescind/options'

/**
 * How callers that share values are kept apart. `freeze`: a value is frozen deeply as it comes in, in place. What
 * cannot be frozen stays as it is: the content of buffers, typed arrays, Maps, Sets and Dates. `clone`: a value is
 * copied as it comes in and again for each reader (`structuredClone`: no functions, no prototypes of classes).
 */
export type Isolate = 'freeze' | 'clone'

/** Keeps callers that share a value apart. Both may throw what `structuredClone` or a proxy throws. */
export interface Isolation {
  /** What is to be held for a value that came in. */
  keep<T>(value: T): T
  /** What a reader gets for a value that is held. */
  give<T>(value: T): T
}

const byReference: Isolation = { keep: (value) => value, give: (value) => value }
const frozen: Isolation = { keep: freezeDeeply, give: (value) => value }
const cloned: Isolation = { keep: (value) => structuredClone(value), give: (value) => structuredClone(value) }

/**
 * @param isolate undefined: values are handed on by reference.
 * @throws {InvalidArgumentError}
 */
export function isolationFor(isolate: Isolate | undefined): Isolation {
  if (isolate === undefined) {
    return byReference
  }
  if (isolate !== 'freeze' && isolate !== 'clone') {
    throw new InvalidArgumentError('isolate', "'freeze' or 'clone'", isolate)
  }
  return isolate === 'freeze' ? frozen : cloned
}

function freezeDeeply<T>(value: T): T {
  const seen = new Set<unknown>()
  const found: unknown[] = [value]
  for (let next = found.pop(); next !== undefined; next = found.pop()) {
    if (isObject(next) && !ArrayBuffer.isView(next) && !seen.has(next)) {
      seen.add(next)
      Object.freeze(next)
      for (const { value: held } of Object.values(Object.getOwnPropertyDescriptors(next))) {
        if (isObject(held)) {
          found.push(held)
        }
      }
    }
  }
  return value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
