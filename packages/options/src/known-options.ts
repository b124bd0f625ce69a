import { InvalidArgumentError } from './invalid-argument-error.ts'

/**
 * Checks that an options argument is an object and has no property that nobody reads, so that a misspelt option is
 * an error and not a silent default.
 *
 * @throws {InvalidArgumentError}
 */
export function checkOptions(name: string, value: unknown, known: readonly string[]): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(name, 'an object of options', value)
  }
  for (const property of Object.keys(value)) {
    if (!known.includes(property)) {
      throw new InvalidArgumentError(name, `options among ${known.join(', ')}`, property)
    }
  }
}
