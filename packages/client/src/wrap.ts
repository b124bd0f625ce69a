import type { PublishOptions, Receipt } from '@rescind/bus'
import { checkOptions, InvalidArgumentError } from '@rescind/options'
import { keyOfArguments } from './arguments-key.ts'
import type { CacheRegion } from './cache-region.ts'
import type { RegionOptions } from './region-options.ts'
import { REGION_OPTIONS } from './resolve-region.ts'

/** What only a region has: a function that remembers is what loads, and what it returns is not written. */
const OF_REGIONS = ['load', 'loadMany', 'save', 'saveTimeout'] as const
type OfRegions = (typeof OF_REGIONS)[number]

/** As for a region; the function takes the place of its loaders. */
export interface WrapOptions<A extends readonly unknown[], V> extends Omit<RegionOptions<V>, OfRegions> {
  /** The key for these arguments, an id as for `Region.get`. Default: by the rule of `Cache.wrap`. */
  key?(...args: A): string
}

const WRAP_OPTIONS: readonly string[] = [
  'key',
  ...REGION_OPTIONS.filter((option) => !OF_REGIONS.some((one) => one === option)),
]

/** A function that remembers. */
export interface Wrapped<A extends readonly unknown[], V> {
  (...args: A): Promise<V>
  /** The id of what is kept for these arguments. */
  key(...args: A): string
  /** As `Region.peek`. */
  peek(...args: A): V | undefined
  /** As `Region.invalidate`. */
  invalidate(args: A, options?: PublishOptions): Promise<Receipt>
  /** As `Region.bump`. */
  bump(args: A, version: number | bigint, options?: PublishOptions): Promise<Receipt>
  /** As `Region.clear`. */
  clear(options?: PublishOptions): Promise<Receipt>
}

/**
 * @param define makes a region with these options.
 * @throws {InvalidArgumentError}
 */
export function wrap<A extends readonly unknown[], V>(
  fn: (...args: A) => Promise<V> | V,
  options: WrapOptions<A, V>,
  define: (options: RegionOptions<V>) => CacheRegion<V>,
): Wrapped<A, V> {
  if (typeof fn !== 'function') {
    throw new InvalidArgumentError('fn', 'a function', fn)
  }
  checkOptions('options of wrap', options, WRAP_OPTIONS)
  const { key = (...args) => keyOfArguments(args), ...rest } = options
  if (typeof key !== 'function') {
    throw new InvalidArgumentError('key', 'a function that returns the key for some arguments', key)
  }
  const load = () => Promise.reject<V>(new Error('Only a call knows its arguments'))
  const region = define({ ...rest, load })
  const remembering = async (...args: A) => region.read(key(...args), async () => fn(...args))
  return Object.assign(remembering, {
    key,
    peek: (...args: A) => region.peek(key(...args)),
    invalidate: async (args: A, publish?: PublishOptions) => region.invalidate(key(...args), publish),
    bump: async (args: A, version: number | bigint, publish?: PublishOptions) =>
      region.bump(key(...args), version, publish),
    clear: (publish?: PublishOptions) => region.clear(publish),
  })
}
