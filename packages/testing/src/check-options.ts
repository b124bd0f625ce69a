import { checkInteger, checkNumber, checkOptions, InvalidArgumentError } from '@rescind/options'

export interface CheckOptions {
  /** The bound B that the caches were given, in ms. */
  readonly maxStalenessMs: number
  /** What everybody may read of a key from the beginning: versions up to this one. Default 0: all versions were written. */
  readonly initialVersion?: number
  /** Whether reads of a process never go back: in all regions, or in these. For regions with versions. Default false. */
  readonly monotonicReads?: boolean | readonly string[]
  /** Whether to judge loads: not where values expire, or are evicted, while the history lasts. Default true. */
  readonly singleLoads?: boolean
  /** For so long after a fault was healed it still excuses loads, and what was dropped, in ms. Default: twice the bound. */
  readonly settleMs?: number
  /** How many violations of each rule are kept; all are counted. Default 20. */
  readonly maxViolations?: number
}

export interface ResolvedCheck {
  readonly maxStalenessMs: number
  readonly initialVersion: number
  readonly isMonotonic: (region: string | undefined) => boolean
  readonly singleLoads: boolean
  readonly settleMs: number
  readonly maxViolations: number
}

const OPTIONS: readonly (keyof CheckOptions)[] = [
  'maxStalenessMs',
  'initialVersion',
  'monotonicReads',
  'singleLoads',
  'settleMs',
  'maxViolations',
]

/** @throws {InvalidArgumentError} */
export function resolveCheck(options: CheckOptions): ResolvedCheck {
  checkOptions('options', options, OPTIONS)
  const { maxStalenessMs, initialVersion = 0, monotonicReads = false, singleLoads = true, maxViolations = 20 } = options
  checkNumber('maxStalenessMs', maxStalenessMs, 0, Number.MAX_SAFE_INTEGER)
  const { settleMs = 2 * maxStalenessMs } = options
  checkNumber('settleMs', settleMs, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('initialVersion', initialVersion, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('maxViolations', maxViolations, 0, Number.MAX_SAFE_INTEGER)
  if (typeof singleLoads !== 'boolean') {
    throw new InvalidArgumentError('singleLoads', 'true or false', singleLoads)
  }
  if (typeof monotonicReads !== 'boolean' && !isTexts(monotonicReads)) {
    throw new InvalidArgumentError('monotonicReads', 'true, false, or an array of names of regions', monotonicReads)
  }
  const isMonotonic = (region: string | undefined) =>
    typeof monotonicReads === 'boolean' ? monotonicReads : region !== undefined && monotonicReads.includes(region)
  return { maxStalenessMs, initialVersion, isMonotonic, singleLoads, settleMs, maxViolations }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
