import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { times } from './fixtures/hit-ratio.ts'
import { hashOf } from './key-hash.ts'
import type { Queue } from './queue.ts'
import { type Noted, Segments } from './segments.ts'
import { PATIENCE, PERSISTENCE, POPULARITY, RECENCY, type Tuning } from './tuning.ts'

interface Item extends Noted<Item> {
  readonly key: number
  readonly queue: Queue<Item> | undefined
}

/** A cache of so many numbers. Its turns are its requests. */
class Numbers {
  readonly segments: Segments<Item>
  readonly items = new Map<number, Item>()
  readonly #room: number
  #turn = 0

  constructor(room: number, tuning: Tuning) {
    this.#room = room
    this.segments = new Segments(tuning)
  }

  /** Returns whether it was held. */
  ask(key: number): boolean {
    this.#turn += 1
    const known = this.items.get(key)
    if (known !== undefined) {
      known.turn = this.#turn
      this.segments.use(known)
      return true
    }
    if (this.items.size === this.#room) this.items.delete(this.segments.evict()?.key ?? -1)
    const links = { queue: undefined, newer: undefined, older: undefined }
    const item: Item = { key, hash: hashOf(String(key)), heat: 0, turn: this.#turn, ...links }
    this.items.set(key, item)
    this.segments.add(item)
    return false
  }

  askAll(keys: Iterable<number>): number {
    let hits = 0
    for (const key of keys) hits += this.ask(key) ? 1 : 0
    return hits
  }

  remove(key: number): void {
    const item = this.items.get(key)
    if (item !== undefined) this.segments.remove(item)
    this.items.delete(key)
  }

  holds(...keys: number[]): number[] {
    return keys.filter((key) => this.items.has(key))
  }
}

const range = (from: number, count: number) => [...times(count, (index) => from + index)]

describe('Segments', () => {
  it('are exactly LRU without a probation', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (keys, room) => {
        const numbers = new Numbers(room, RECENCY)
        let recent: number[] = []
        for (const key of keys) {
          expect(numbers.ask(key)).to.equal(recent.includes(key))
          recent = [key, ...recent.filter((other) => other !== key)].slice(0, room)
        }
      }),
    )
  })

  it('let what is not used go from the probation, and keep what is', () => {
    const numbers = new Numbers(10, POPULARITY)
    numbers.askAll([...range(0, 10), 3, 5])
    numbers.askAll(range(100, 50))
    expect(numbers.holds(...range(0, 10))).to.deep.equal([3, 5])
  })

  it('take what comes back soon to the main queue, and what comes back late on probation', () => {
    const numbers = new Numbers(10, POPULARITY)
    numbers.askAll([...range(0, 10), 3, 5, ...range(100, 10)])
    const [soon, late] = [109 - 9, 0]
    numbers.ask(soon)
    numbers.askAll(range(200, 8))
    numbers.ask(late)
    numbers.askAll(range(300, 8))
    expect(numbers.holds(soon, late)).to.deep.equal([soon])
  })

  it('remember under LRU too what went unused, and not what was used', () => {
    const numbers = new Numbers(10, RECENCY)
    numbers.askAll([...range(0, 10), 8, ...range(100, 10)])
    numbers.segments.tuning = POPULARITY
    numbers.askAll([8, 9, ...range(200, 30)])
    expect(numbers.holds(8, 9)).to.deep.equal([9])
  })

  it('remember what went from the probation, and not what went from the main queue', () => {
    const numbers = new Numbers(4, POPULARITY)
    numbers.askAll([...range(0, 4), 0, 1, 2, 3, 100])
    expect(numbers.holds(...range(0, 4), 100)).to.deep.equal([1, 2, 3, 100])
    numbers.askAll([0, 200, 201])
    expect(numbers.holds(0)).to.deep.equal([])
  })

  it('remember what was removed, for it did not go for want of use', () => {
    const numbers = new Numbers(10, POPULARITY)
    numbers.askAll(range(0, 10))
    numbers.remove(9)
    numbers.ask(9)
    numbers.askAll(range(100, 30))
    expect(numbers.holds(...range(0, 10))).to.deep.equal([9])
  })

  it('let an entry of the main queue go round once for each use, three at most', () => {
    const numbers = new Numbers(4, POPULARITY)
    numbers.askAll([...range(0, 4), 0, 1, 2, 3])
    // Each goes to the main queue without a use, as the probation is empty.
    numbers.ask(100)
    for (let use = 0; use < 9; use += 1) numbers.askAll(numbers.holds(1))
    for (let use = 0; use < 2; use += 1) numbers.askAll(numbers.holds(2))
    expect(numbers.holds(0, 1, 2, 3)).to.deep.equal([1, 2, 3])
    for (const item of numbers.items.values()) expect(item.heat).to.be.at.most(3)
    const gone: (number | undefined)[] = range(0, 4).map(() => numbers.segments.evict()?.key)
    expect(gone).to.deep.equal([100, 3, 2, 1])
  })

  it('hold what they held in a loop that does not fit, when one in so many may stay', () => {
    const hits = [POPULARITY, RECENCY, PERSISTENCE].map((tuning) =>
      new Numbers(100, tuning).askAll(times(20_000, (n) => n % 400)),
    )
    expect(hits.slice(0, 2)).to.deep.equal([0, 0])
    // As good as it gets is 100 of 400.
    expect(hits[2]).to.be.within(3_500, 5_000)
  })

  it('pass by a thousand hot entries at most to make room for one, so that no caller waits for long', () => {
    const numbers = new Numbers(3_000, POPULARITY)
    numbers.askAll([...range(0, 3_000), ...range(0, 3_000), 5_000])
    expect(range(0, 3_000).filter((key) => !numbers.items.has(key))).to.deep.equal([1_000])
  })

  it('lose nothing when the tuning is changed, and go on by the new one', () => {
    const tunings = [POPULARITY, RECENCY, PERSISTENCE, PATIENCE]
    const keys = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 })
    const runs = fc.array(fc.tuple(fc.constantFrom(...tunings), keys), { maxLength: 8 })
    fc.assert(
      fc.property(runs, (changes) => {
        const numbers = new Numbers(8, POPULARITY)
        for (const [tuning, asked] of changes) {
          numbers.segments.tuning = tuning
          numbers.askAll(asked)
          expect(numbers.segments.size).to.equal(numbers.items.size)
        }
        numbers.segments.tuning = RECENCY
        numbers.askAll([...range(100, 8), 103, 100, 200, 201, 202])
        expect(numbers.holds(...range(100, 8))).to.deep.equal([100, 103, 105, 106, 107])
      }),
    )
  })

  it('without a probation let the one that is left go first where it was used longest ago, and not where it was lately', () => {
    const numbers = new Numbers(4, POPULARITY)
    numbers.askAll([0, 1, 2, 3, 0, 10, 11])
    expect(numbers.holds(0, 3, 10, 11)).to.deep.equal([0, 3, 10, 11])
    numbers.segments.tuning = RECENCY
    numbers.ask(3)
    numbers.askAll([20, 21])
    expect(numbers.holds(0, 3, 10, 11, 20, 21)).to.deep.equal([3, 11, 20, 21])
  })
})
