import { expect } from 'chai'
import { describe, it } from 'mocha'
import { NaiveCache } from './fixtures/naive-cache.ts'
import { randomFrom } from './fixtures/traces.ts'
import { L1Cache } from './l1-cache.ts'
import type { L1CacheOptions } from './l1-options.ts'
import { TagMarkers } from './tag-markers.ts'

const KEYS = 120

/** Does the same at random to a cache and to the naive one, and compares them after every step. */
function compare(options: Partial<L1CacheOptions<number>>, operations: number, seed: number): L1Cache<number> {
  const random = randomFrom(seed)
  const upTo = (bound: number) => Math.floor(random() * bound)
  const time = { now: 0 }
  const node = { provenAt: 0, strict: false, maxStalenessMs: Number.POSITIVE_INFINITY, markers: new TagMarkers() }
  const naive = new NaiveCache()
  const l1 = new L1Cache<number>({
    node,
    clock: () => time.now,
    onRemoval: ({ key, cause }) => cause === 'evicted' && naive.remove(key, 'evicted'),
    ...options,
  })
  let { maxEntries = 50 } = options
  l1.resize({ maxEntries })
  const { maxCost = Number.POSITIVE_INFINITY } = options

  const steps: (() => void)[] = [
    () => {
      const key = `key ${upTo(KEYS)}`
      expect(l1.get(key)?.value).to.equal(naive.read(key, time.now))
    },
    () => {
      const key = `key ${upTo(KEYS)}`
      expect(l1.peek(key)?.value).to.equal(naive.read(key, time.now))
    },
    () => set(`key ${upTo(KEYS)}`),
    () => set(`key ${upTo(KEYS)}`),
    () => {
      const [key, position] = [`key ${upTo(KEYS)}`, upTo(12)]
      expect(l1.invalidate(key, position)).to.equal(naive.invalidate(key, position))
    },
    () => {
      time.now += upTo(3)
    },
  ]
  const rareSteps: (() => void)[] = [
    () => {
      l1.clear()
      naive.clear()
    },
    () => {
      maxEntries = 1 + upTo(60)
      l1.resize({ maxEntries })
    },
    () => {
      const limit = upTo(30)
      const before = naive.held.size
      const dropped = l1.prune(limit)
      expect(dropped).to.be.at.most(limit)
      for (const [key, { expiresAt }] of naive.held) {
        if (expiresAt <= time.now && !holds(l1, key)) naive.remove(key, 'expired')
      }
      expect(before - naive.held.size).to.equal(dropped)
    },
    () => {
      const live = [...naive.held].filter(([, { expiresAt }]) => expiresAt > time.now)
      expect(new Map([...l1.entries()].map(([key, { value }]) => [key, value]))).to.deep.equal(
        new Map(live.map(([key, { value }]) => [key, value])),
      )
    },
  ]
  function set(key: string): void {
    const entry = { value: upTo(1_000), cost: upTo(30), asOf: upTo(10), expiresAt: time.now + 1 + upTo(200) }
    if (entry.cost > maxCost) {
      naive.remove(key, 'replaced')
    } else {
      naive.set(key, entry)
    }
    expect(l1.set(key, { ...entry, freshAt: time.now, verifiedTick: 0 })).to.equal(holds(l1, key))
  }

  for (let step = 0; step < operations; step += 1) {
    const among = random() < 0.002 ? rareSteps : steps
    among[upTo(among.length)]?.()
    if (l1.size !== naive.held.size || l1.size > maxEntries || l1.cost > maxCost || l1.cost < 0) {
      expect.fail(`step ${step}: ${l1.size} entries and not ${naive.held.size} of ${maxEntries}, cost ${l1.cost}`)
    }
    if (step % 64 === 0) {
      expect(l1.cost).to.equal(naive.cost)
      expect(l1.removals).to.deep.equal(naive.removals)
    }
  }
  return l1
}

/** Without the help of a read, which would drop what is expired. */
function holds(l1: L1Cache<number>, key: string): boolean {
  return l1.peek(key, Number.NEGATIVE_INFINITY) !== undefined
}

describe('L1Cache, compared with a naive model over a million operations,', () => {
  const variants: [string, Partial<L1CacheOptions<number>>][] = [
    ['bounded in entries', {}],
    ['bounded in entries, with the policy lru', { policy: 'lru' }],
    ['bounded in cost', { maxEntries: 1_000, maxCost: 400 }],
    ['bounded in cost, with the policy lru', { maxEntries: 1_000, maxCost: 400, policy: 'lru' }],
    ['bounded in both, so closely that some values never fit', { maxEntries: 30, maxCost: 25 }],
  ]
  for (const [name, options] of variants) {
    it(`holds the same and counts the same when it is ${name}`, () => {
      const l1 = compare(options, 200_000, 7)
      expect(Object.values(l1.removals).every((count) => count > 0)).to.equal(true)
    })
  }
})
