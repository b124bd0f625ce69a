import { type Clock, checkInteger, checkOptions, InvalidArgumentError, monotonicClock } from '@rescind/options'
import type { CostFunction } from './costing.ts'
import { type Isolate, type Isolation, isolationFor } from './isolation.ts'
import type { NodeView } from './node-view.ts'
import type { RemovalListener } from './removals.ts'
import { VersionFloors } from './version-floors.ts'

/** Who goes when room is needed: what the cache has learnt to do without, or what was used least recently. */
export type PolicyName = 'adaptive' | 'lru'

/** The bounds of a cache, which may be changed while it runs. */
export interface Bounds {
  /** Never more entries than this are held. Default 10,000; at most 8,388,608. */
  readonly maxEntries?: number
  /** The entries held never cost more than this together, a whole number. Default: no bound. */
  readonly maxCost?: number
}

export interface L1CacheOptions<V = unknown> extends Bounds {
  readonly node: NodeView
  /** Default 'adaptive'. */
  readonly policy?: PolicyName
  /**
   * What an entry costs that brings no cost of its own; fractions are rounded up. Default: with `maxCost` an estimate of
   * the value's bytes in memory (`estimateBytes`), else 1. So it is too if this function throws or returns
   * what is no cost, and the process is warned once.
   */
  readonly cost?: CostFunction<V>
  /** How callers that share values are kept apart. Default: not at all, values are handed on by reference. */
  readonly isolate?: Isolate
  /** Hears of each removal. What it throws is a warning of the process, once, and nothing to the cache. */
  readonly onRemoval?: RemovalListener<V>
  /** The version floors of the keys, if others look at them too. Default: its own, of 10,000 keys or of `maxEntries`, if those are more. */
  readonly floors?: VersionFloors
  /** Default: the monotonic clock of the process. */
  readonly clock?: Clock
}

export interface ResolvedL1Options<V> {
  readonly node: NodeView
  readonly maxEntries: number
  readonly maxCost: number
  readonly policy: PolicyName
  readonly cost: CostFunction<V> | undefined
  readonly isolation: Isolation
  /** Whether a reader gets a copy. */
  readonly copies: boolean
  readonly onRemoval: RemovalListener<V> | undefined
  readonly floors: VersionFloors
  readonly clock: Clock
}

/** More than this, and a Map in which entries come and go has to grow beyond what V8 allows. */
const MOST_ENTRIES = 2 ** 23

/** What few entries leave no room for is what floors are for. */
const LEAST_FLOORS = 10_000

const KNOWN = ['node', 'maxEntries', 'maxCost', 'policy', 'cost', 'isolate', 'onRemoval', 'floors', 'clock']

/** @throws {InvalidArgumentError} */
export function resolveL1Options<V>(options: L1CacheOptions<V>): ResolvedL1Options<V> {
  checkOptions('options of L1Cache', options, KNOWN)
  const { node, maxEntries = 10_000, maxCost, policy = 'adaptive', cost, isolate, onRemoval } = options
  const { clock = monotonicClock } = options
  checkBounds({ maxEntries, ...(maxCost !== undefined && { maxCost }) })
  if (policy !== 'adaptive' && policy !== 'lru') {
    throw new InvalidArgumentError('policy', "'adaptive' or 'lru'", policy)
  }
  checkFunction('cost', cost)
  checkFunction('onRemoval', onRemoval)
  return {
    node,
    maxEntries,
    maxCost: maxCost ?? Number.POSITIVE_INFINITY,
    policy,
    cost,
    isolation: isolationFor(isolate),
    copies: isolate === 'clone',
    onRemoval,
    floors: options.floors ?? new VersionFloors({ maxKeys: Math.max(maxEntries, LEAST_FLOORS), clock }),
    clock,
  }
}

/** @throws {InvalidArgumentError} */
export function checkBounds(bounds: Bounds): void {
  checkOptions('bounds', bounds, ['maxEntries', 'maxCost'])
  if (bounds.maxEntries !== undefined) {
    checkInteger('maxEntries', bounds.maxEntries, 1, MOST_ENTRIES)
  }
  if (bounds.maxCost !== undefined) {
    checkInteger('maxCost', bounds.maxCost, 1, Number.MAX_SAFE_INTEGER)
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new InvalidArgumentError(name, 'a function', value)
  }
}
