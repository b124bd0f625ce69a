import { InvalidArgumentError } from './invalid-argument-error.ts'

/**
 * A length of time: a number of milliseconds, or a number with a unit (`'250ms'`, `'5s'`, `'10m'`, `'2h'`, `'1d'`).
 * Only plain decimals are taken: what else TypeScript lets pass, such as `'-5s'` or `'1e3s'`, throws.
 * Every option of every Rescind package that is a length of time has this type.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** The bounds of a duration option, in milliseconds. */
export interface DurationBounds {
  /** Smallest value allowed. Default 1. */
  readonly minMs?: number
  /** Largest value allowed. Default 2^31 - 1, about 24.8 days: the longest a Node timer can run. */
  readonly maxMs?: number
}

const LONGEST_TIMER_MS = 2 ** 31 - 1
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A duration as whole milliseconds.
 *
 * @param name the option it came from, for the error.
 * @throws {InvalidArgumentError} when it is no duration or out of bounds.
 */
export function durationMs(name: string, value: Duration, bounds: DurationBounds = {}): number {
  const { minMs = 1, maxMs = LONGEST_TIMER_MS } = bounds
  const ms = parse(value)
  if (ms === undefined || ms < minMs || ms > maxMs) {
    const range = `from ${minMs} to ${maxMs} ms`
    throw new InvalidArgumentError(name, `a duration ${range}, such as 1500, '250ms', '5s', '10m', '2h' or '1d'`, value)
  }
  return ms
}

function parse(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? Math.round(value) : undefined
  }
  if (typeof value !== 'string') {
    return undefined
  }
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) ?? []
  return amount !== undefined && isUnit(unit) ? Math.round(Number(amount) * UNITS_MS[unit]) : undefined
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS_MS {
  return unit !== undefined && unit in UNITS_MS
}
