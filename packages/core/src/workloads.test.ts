import { expect } from 'chai'
import { describe, it } from 'mocha'
import { hitRatio, times } from './fixtures/hit-ratio.ts'
import { randomFrom, zipf } from './fixtures/traces.ts'

/** Requests of each workload. */
const COUNT = 150_000

/** Keys of very different popularity. */
function popular(skew = 0.9): Generator<number> {
  return times(COUNT, zipf(5_000, skew, randomFrom(1)))
}

/** And every second request is for a key that never comes again. */
function scanned(): Generator<number> {
  const next = zipf(5_000, 0.9, randomFrom(1))
  return times(COUNT, (index) => (index % 2 === 0 ? next() : 1_000_000 + index))
}

/** A hot set that is another one after every 5,000 requests. */
function shifting(): Generator<number> {
  const random = randomFrom(2)
  return times(COUNT, (index) => Math.floor(index / 5_000) * 200 + Math.floor(random() * 150))
}

/** Keys of very different popularity, and others after every 6,000 requests. */
function shiftingPopular(): Generator<number> {
  const next = zipf(800, 0.9, randomFrom(7))
  return times(COUNT, (index) => Math.floor(index / 6_000) * 800 + next())
}

/** A window of 300 keys that moves on by one key with every 15th request. */
function sliding(): Generator<number> {
  const random = randomFrom(3)
  return times(COUNT, (index) => Math.floor(index / 15) + Math.floor(random() * 300))
}

/** A window of 600 keys that moves on by one key with every third request, its newer half asked for more often. */
function slidingFast(): Generator<number> {
  const random = randomFrom(3)
  return times(COUNT, (index) => Math.floor(index / 3) - Math.floor(random() * random() * 600))
}

/** Keys of very different popularity. Each rises with every tenth request, until it is the most popular and then gone. */
function drifting(): Generator<number> {
  const next = zipf(5_000, 1.1, randomFrom(6))
  return times(COUNT, (index) => (next() + Math.floor(index / 10)) % 20_000)
}

/** Of 140 keys at a time, each is asked for a dozen times at most, and then gone. */
function* shortLived(): Generator<number> {
  const random = randomFrom(4)
  const left = new Map<number, number>()
  const alive = [...times(140, (index) => index)]
  for (let index = 0; index < COUNT; index += 1) {
    const place = Math.floor(random() * alive.length)
    const key = alive[place] ?? 0
    yield key
    const rest = left.get(key) ?? Math.floor(random() * 12)
    left.set(key, rest - 1)
    if (rest === 0) alive[place] = 1_000 + index
  }
}

function loop(length: number): Generator<number> {
  return times(COUNT, (index) => index % length)
}

/** Both policies, in percent of the requests. */
function ratios(entries: number, requests: () => Iterable<number>, invalidated = 0): { adaptive: number; lru: number } {
  return {
    adaptive: hitRatio('adaptive', entries, requests(), invalidated),
    lru: hitRatio('lru', entries, requests(), invalidated),
  }
}

describe('The adaptive policy, compared with LRU', () => {
  const ahead: [string, () => Iterable<number>, number][] = [
    ['of very different popularity', popular, 8],
    ['of very different popularity, and as many that are read once', scanned, 8],
    ['in a loop a tenth longer than the cache', () => loop(220), 80],
    ['in a loop four times as long as the cache', () => loop(800), 18],
  ]
  for (const [what, requests, points] of ahead) {
    it(`is at least ${points} points ahead for keys ${what}`, () => {
      const { adaptive, lru } = ratios(200, requests)
      expect(adaptive - lru).to.be.at.least(points)
    })
  }

  const level: [string, () => Iterable<number>][] = [
    ['a hot set that changes all at once', shifting],
    ['a popularity that changes all at once', shiftingPopular],
    ['a popularity that drifts', drifting],
    ['a window that slides on', sliding],
    ['a window that slides on fast', slidingFast],
    ['keys that are asked for a dozen times at most', shortLived],
  ]
  for (const [what, requests] of level) {
    it(`is not a fifth of a point behind for ${what}`, () => {
      const { adaptive, lru } = ratios(200, requests)
      expect(adaptive - lru).to.be.above(-0.2)
    })
  }

  it('is not a fifth of a point behind where one entry in ten is invalidated after a request', () => {
    for (const requests of [sliding, shortLived]) {
      const { adaptive, lru } = ratios(200, requests, 0.1)
      expect(adaptive - lru).to.be.above(-0.2)
    }
  })

  it('is not a fifth of a point behind with room for a few', () => {
    for (const entries of [2, 3, 10]) {
      for (const requests of [slidingFast, shiftingPopular]) {
        const { adaptive, lru } = ratios(entries, requests)
        expect(adaptive - lru).to.be.above(-0.2)
      }
    }
  })
})
