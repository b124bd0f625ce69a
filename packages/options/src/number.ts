import { InvalidArgumentError } from './invalid-argument-error.ts'

/**
 * Checks a whole number within bounds, both included.
 *
 * @throws {InvalidArgumentError}
 */
export function checkInteger(name: string, value: unknown, min: number, max: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new InvalidArgumentError(name, `a whole number from ${min} to ${max}`, value)
  }
}

/**
 * Checks a number within bounds, both included.
 *
 * @throws {InvalidArgumentError}
 */
export function checkNumber(name: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new InvalidArgumentError(name, `a number from ${min} to ${max}`, value)
  }
}

/**
 * Checks the version of a value: a whole number that 63 bits hold.
 *
 * @throws {InvalidArgumentError}
 */
export function checkVersion(name: string, value: unknown): asserts value is number | bigint {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!whole || BigInt(value as number) < 0n || BigInt(value as number) >= 2n ** 63n) {
    throw new InvalidArgumentError(name, 'a whole number from 0 to 2^63 - 1, a bigint above 2^53', value)
  }
}
