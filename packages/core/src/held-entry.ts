import type { Entry } from './entry.ts'
import type { Ranked } from './eviction-policy.ts'
import type { NewEntry } from './new-entry.ts'
import type { Queue } from './queue.ts'

const NO_TAGS: readonly string[] = Object.freeze([])

/**
 * An entry as L1 holds it, with the notes of its eviction policy. Times are whole milliseconds, rounded towards
 * safety: V8 keeps a small whole number in the object, and any other in a box of its own.
 */
export class HeldEntry<V> implements Entry<V>, Ranked<HeldEntry<V>> {
  // What every hit looks at, side by side.
  readonly key: string
  turn = 0
  verifiedTick: number
  readonly expiresAt: number
  readonly freshAt: number
  readonly value: V
  readonly staleAt: number
  readonly computeMs: number
  readonly asOf: number
  readonly tags: readonly string[]
  readonly version: number | bigint | undefined
  readonly cost: number
  hash = 0
  heat = 0
  queue: Queue<HeldEntry<V>> | undefined = undefined
  newer: HeldEntry<V> | undefined = undefined
  older: HeldEntry<V> | undefined = undefined

  constructor(key: string, value: V, entry: NewEntry<unknown>, cost: number) {
    const { staleAt = entry.expiresAt, tags = NO_TAGS, version, computeMs = 0 } = entry
    this.key = key
    this.value = value
    this.asOf = entry.asOf
    this.freshAt = Math.floor(entry.freshAt)
    this.expiresAt = Math.floor(entry.expiresAt)
    this.staleAt = Math.min(Math.floor(staleAt), this.expiresAt)
    this.tags = tags
    this.version = version
    this.cost = cost
    this.computeMs = Math.ceil(computeMs)
    this.verifiedTick = entry.verifiedTick
  }
}
