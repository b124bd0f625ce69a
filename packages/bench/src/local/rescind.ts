import { L1Cache, TagMarkers } from '@rescind/core'
import type { Item } from './item.ts'
import { keepForMs, type LocalCache, type LocalPeer } from './local-cache.ts'

/** The L1 of `@rescind/core`, beside a node that is proven to have heard everything. */
export const rescind: LocalPeer = {
  name: 'rescind',
  bounded: (capacity) => {
    // Nothing expires, so no clock has to be read.
    const now = () => 0
    return adapt(new L1Cache<Item>({ node: nodeAt(now()), maxEntries: capacity, clock: now }), Number.POSITIVE_INFINITY)
  },
  keeping: (entries) => {
    const now = performance.now()
    return adapt(new L1Cache<Item>({ node: nodeAt(now), maxEntries: entries }), now + keepForMs)
  },
}

function nodeAt(now: number) {
  return { provenAt: now, strict: false, maxStalenessMs: keepForMs, markers: new TagMarkers() }
}

function adapt(l1: L1Cache<Item>, expiresAt: number): LocalCache {
  const freshAt = performance.now()
  let position = 0
  return {
    get size() {
      return l1.size
    },
    get: (key) => l1.get(key)?.value,
    set: (key, value) => l1.set(key, { value, asOf: position, freshAt, expiresAt, verifiedTick: 0 }),
    delete: (key) => void l1.invalidate(key, ++position),
  }
}
