import { InvalidArgumentError } from './invalid-argument-error.ts'

/** Longest key or tag that is accepted, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024

/** Beyond a third of the limit a string may still fit; only then are its bytes counted. */
const SURELY_SHORT = Math.floor(MAX_KEY_BYTES / 3)

/**
 * Checks a key or a tag: any well-formed string of up to 1 KiB, the empty one included. A lone surrogate is refused,
 * since two different strings would become one in UTF-8.
 *
 * @throws {InvalidArgumentError}
 */
export function checkKey(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') {
    throw new InvalidArgumentError(name, 'a string', value)
  }
  if (value.length > SURELY_SHORT && new TextEncoder().encode(value).length > MAX_KEY_BYTES) {
    throw new InvalidArgumentError(name, `at most ${MAX_KEY_BYTES} bytes of UTF-8`, value)
  }
  if (!value.isWellFormed()) {
    throw new InvalidArgumentError(name, 'a well-formed string (no lone surrogates)', value)
  }
}

/**
 * Checks the name of a bus or of a region: it becomes part of Redis keys and channels, so it is kept plain.
 *
 * @throws {InvalidArgumentError}
 */
export function checkName(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(value)) {
    throw new InvalidArgumentError(
      name,
      '1 to 64 letters, digits, dots, dashes or underscores, the first a letter or a digit',
      value,
    )
  }
}
