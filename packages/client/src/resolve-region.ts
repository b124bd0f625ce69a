import { checkInteger, checkName, checkNumber, checkOptions, durationMs, InvalidArgumentError } from '@rescind/options'
import { MAX_INFLATED_BYTES } from './compression.ts'
import type { RegionOptions, ResolvedRegion } from './region-options.ts'
import { checkCodec } from './value-codec.ts'

/** Those that are L1's own, and checked by it. */
const L1_OPTIONS = ['maxEntries', 'maxCost', 'cost', 'policy', 'isolate'] as const

/** The names of the options of a region, in the order of the documentation. */
export const REGION_OPTIONS: readonly (keyof RegionOptions<unknown>)[] = [
  'load',
  'loadMany',
  'save',
  'ttl',
  'l1Ttl',
  'notFoundTtl',
  'ttlJitter',
  'staleWhileRevalidate',
  'staleIfError',
  'softTimeout',
  'errorBackoff',
  'beta',
  'refreshAhead',
  'tags',
  'version',
  ...L1_OPTIONS,
  'l2',
  'loadTimeout',
  'saveTimeout',
  'leaseTtl',
  'leaseWait',
  'codec',
  'schemaVersion',
  'compressAbove',
]

/** @throws {InvalidArgumentError} */
export function resolveRegion<V>(options: RegionOptions<V>): ResolvedRegion<V> {
  checkOptions('options of the region', options, REGION_OPTIONS)
  const { load, loadMany, save, tags, version, l2 = true } = options
  checkFunction('load', load, 'a function that reads a value by its id')
  if (loadMany !== undefined) {
    checkFunction('loadMany', loadMany, 'a function that reads values by their ids')
  }
  if (save !== undefined) {
    checkFunction('save', save, 'a function that writes a value to where load reads it')
  }
  if (tags !== undefined) {
    checkFunction('tags', tags, 'a function that returns the tags of a value')
  }
  if (version !== undefined) {
    checkFunction('version', version, 'a function that returns the version of a value')
  }
  if (typeof l2 !== 'boolean') {
    throw new InvalidArgumentError('l2', 'true or false', l2)
  }
  return {
    load,
    loadMany,
    save,
    tags,
    version,
    l1: given(options, L1_OPTIONS),
    l2,
    ...lifetimes(options),
    ...refreshes(options),
    ...limits(options),
    ...form(options),
  }
}

function lifetimes<V>(options: RegionOptions<V>) {
  const { ttl = '10m', ttlJitter = 0.1, staleWhileRevalidate = 0, staleIfError = 0 } = options
  const ttlMs = durationMs('ttl', ttl)
  const { notFoundTtl = Math.min(10_000, ttlMs), l1Ttl } = options
  const staleWhileRevalidateMs = durationMs('staleWhileRevalidate', staleWhileRevalidate, { minMs: 0 })
  const staleIfErrorMs = durationMs('staleIfError', staleIfError, { minMs: 0 })
  checkNumber('ttlJitter', ttlJitter, 0, 0.5)
  return {
    ttlMs,
    ttlJitter,
    l1TtlMs: l1Ttl === undefined ? Number.POSITIVE_INFINITY : durationMs('l1Ttl', l1Ttl),
    notFoundTtlMs: durationMs('notFoundTtl', notFoundTtl, { maxMs: ttlMs }),
    staleWhileRevalidateMs,
    staleIfErrorMs,
    graceMs: Math.max(staleWhileRevalidateMs, staleIfErrorMs),
  }
}

function refreshes<V>({ beta = 1, refreshAhead = 1, errorBackoff = '1s', softTimeout }: RegionOptions<V>) {
  checkNumber('beta', beta, 0, 100)
  checkNumber('refreshAhead', refreshAhead, 0.1, 1)
  return {
    beta,
    refreshAhead,
    errorBackoffMs: durationMs('errorBackoff', errorBackoff),
    softTimeoutMs: softTimeout === undefined ? undefined : durationMs('softTimeout', softTimeout),
  }
}

function limits<V>({ loadTimeout = '10s', saveTimeout = '10s', leaseTtl = '10s', leaseWait = '2s' }: RegionOptions<V>) {
  return {
    loadTimeoutMs: durationMs('loadTimeout', loadTimeout),
    saveTimeoutMs: durationMs('saveTimeout', saveTimeout),
    leaseTtlMs: durationMs('leaseTtl', leaseTtl, { minMs: 10 }),
    leaseWaitMs: durationMs('leaseWait', leaseWait, { minMs: 0 }),
  }
}

function form<V>({ codec, schemaVersion = 1, compressAbove = false }: RegionOptions<V>) {
  checkCodec(codec)
  if (typeof schemaVersion === 'number') {
    checkInteger('schemaVersion', schemaVersion, 0, Number.MAX_SAFE_INTEGER)
  } else {
    checkName('schemaVersion', schemaVersion)
  }
  if (compressAbove !== false) {
    checkInteger('compressAbove', compressAbove, 0, MAX_INFLATED_BYTES)
  }
  return { codec, schemaVersion: String(schemaVersion), compressAbove }
}

function checkFunction(name: string, value: unknown, expected: string): void {
  if (typeof value !== 'function') {
    throw new InvalidArgumentError(name, expected, value)
  }
}

/** The options of these names that are there. */
function given<T extends object, K extends keyof T>(options: T, names: readonly K[]): Pick<T, K> {
  const picked: Partial<T> = {}
  for (const name of names) {
    if (options[name] !== undefined) {
      picked[name] = options[name]
    }
  }
  return picked as Pick<T, K>
}
