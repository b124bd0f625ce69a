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
