import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { others, ours } from '../local/all-local-peers.ts'
import { Random } from '../random.ts'
import { invalidated } from './invalidations.ts'
import { optimumHits } from './optimum.ts'
import { replayHits } from './replay.ts'
import { Zipf } from './zipf.ts'

const keys = 4
const tiny = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.nat(keys - 1) }, { weight: 1, arbitrary: fc.nat(keys - 1).map((key) => ~key) }),
  { maxLength: 14 },
)
const capacities = fc.integer({ min: 1, max: 3 })

/** The most hits that any choice of what to hold can have. A set of keys is a number, with a bit for each. */
function mostHits(events: readonly number[], capacity: number): number {
  const known = new Map<string, number>()
  const sets = Array.from({ length: 2 ** keys }, (_, set) => set)
  const from = (n: number, held: number): number => {
    const event = events[n]
    if (event === undefined) return 0
    if (event < 0) return from(n + 1, held & ~(1 << ~event))
    const name = `${n} ${held}`
    const before = known.get(name)
    if (before !== undefined) return before
    const choosable = held | (1 << event)
    const choices = sets.filter((set) => (set & ~choosable) === 0 && sizeOf(set) <= capacity)
    const hit = (held & (1 << event)) === 0 ? 0 : 1
    const most = hit + Math.max(...choices.map((set) => from(n + 1, set)))
    known.set(name, most)
    return most
  }
  return from(0, 0)
}

function sizeOf(set: number): number {
  return set.toString(2).replaceAll('0', '').length
}

/** As `optimumHits`, but it looks for each next read when it needs it, and at all that is held. */
function slowOptimumHits(events: Int32Array, capacity: number): number {
  const held = new Set<number>()
  let hits = 0
  for (const [n, key] of events.entries()) {
    if (key < 0) continue
    if (held.has(key)) hits += 1
    held.add(key)
    const nextOf = (other: number) => {
      const next = events.findIndex((event, later) => later > n && (event === other || event === ~other))
      return next < 0 || (events[next] ?? 0) < 0 ? Number.POSITIVE_INFINITY : next
    }
    const [farthest = key] = [...held].sort((left, right) => (nextOf(left) < nextOf(right) ? 1 : -1))
    if (held.size > capacity || nextOf(farthest) === Number.POSITIVE_INFINITY) held.delete(farthest)
  }
  return hits
}

describe('optimumHits', () => {
  it('is the most that any choice of what to hold can have', () => {
    fc.assert(
      fc.property(tiny, capacities, (events, capacity) => {
        expect(optimumHits(Int32Array.from(events), capacity)).to.equal(mostHits(events, capacity))
      }),
      { numRuns: 500 },
    )
  })

  it('is what one gets who looks at all that is held, each time that something has to go', () => {
    const random = new Random(1)
    const law = new Zipf(60, 0.8)
    const reads = Int32Array.from({ length: 1_000 }, () => law.rank(random.fraction()))
    const events = invalidated(reads, 0.1, 1)
    for (const capacity of [1, 5, 20]) expect(optimumHits(events, capacity)).to.equal(slowOptimumHits(events, capacity))
  })

  it('holds what is read again soonest, in a loop that does not fit', () => {
    const loop = Int32Array.from([0, 1, 2, 0, 1, 2, 0, 1, 2])
    expect(optimumHits(loop, 1)).to.equal(2)
    expect(optimumHits(loop, 2)).to.equal(4)
    expect(optimumHits(loop, 3)).to.equal(6)
  })

  it('gives no room to what is invalidated before it is read again', () => {
    expect(optimumHits(Int32Array.from([0, 1, ~0, 1, 0, 0]), 1)).to.equal(2)
    expect(optimumHits(Int32Array.from([0, ~0, 0]), 1)).to.equal(0)
  })

  it('is never below what a cache has that does not know the future', () => {
    fc.assert(
      fc.property(tiny, capacities, (list, capacity) => {
        const events = Int32Array.from(list)
        for (const { bounded } of [ours, ...others]) {
          const hits = replayHits(events, keys, bounded(capacity), capacity)
          expect(hits).to.be.at.most(optimumHits(events, capacity))
        }
      }),
    )
  })
})
