import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Duel } from './duel.ts'
import { times } from './fixtures/hit-ratio.ts'
import { randomFrom, zipf } from './fixtures/traces.ts'
import { hashOf } from './key-hash.ts'
import { PERSISTENCE, POPULARITY, RECENCY, type Tuning } from './tuning.ts'

const ROOM = 100

/** Asks a duel of a cache of 100 for the keys. Returns each tuning that was followed, in turn. */
function follow(duel: Duel, keys: Iterable<number | string>): Tuning[] {
  duel.fit(ROOM)
  duel.begin(ROOM, ROOM)
  const followed = [duel.tuning]
  for (const key of keys) {
    duel.ask(hashOf(String(key)), ROOM)
    if (duel.tuning !== followed.at(-1)) followed.push(duel.tuning)
  }
  return followed
}

/** A window of 130 keys that moves on by one with every 15th request. */
function* sliding(count: number, seed: number): Generator<string> {
  const random = randomFrom(seed)
  for (let n = 0; n < count; n += 1) yield `window ${seed} ${Math.floor(n / 15) + Math.floor(random() * 130)}`
}

const popular = (count: number) => times(count, zipf(3_000, 1, randomFrom(1)))

describe('Duel', () => {
  it('never takes LRU for better where popularity counts', () => {
    const followed = follow(new Duel(), popular(50_000))
    expect(followed[0]).to.equal(POPULARITY)
    expect(followed).not.to.include(RECENCY)
  })

  it('follows LRU where recency counts, and soon', () => {
    expect(follow(new Duel(), sliding(4_000, 1))).to.deep.equal([POPULARITY, RECENCY])
  })

  it('holds on to what it has in a loop that does not fit', () => {
    const loop = times(20_000, (n) => n % 400)
    expect(follow(new Duel(), loop)).to.deep.equal([POPULARITY, PERSISTENCE])
  })

  it('comes back from LRU when it pays', () => {
    const duel = new Duel()
    follow(duel, sliding(4_000, 1))
    expect(duel.tuning).to.equal(RECENCY)
    follow(duel, popular(20_000))
    expect(duel.tuning).not.to.equal(RECENCY)
  })

  it('leaves LRU ever more seldom where it has to come back each time', () => {
    const next = zipf(400, 0.9, randomFrom(3))
    // Other keys after each 3,000 requests: long enough for others to take the lead, too short to make up for the change.
    const keys = times(600_000, (n) => Math.floor(n / 3_000) * 1_000 + next())
    const followed = follow(new Duel(), keys)
    expect(followed.filter((tuning) => tuning === RECENCY).length).to.be.within(1, 25)
  })

  it('counts no hit for a key that was forgotten', () => {
    const duel = new Duel()
    const forgetful = function* () {
      for (const key of sliding(4_000, 1)) {
        yield key
        duel.forget(hashOf(key))
      }
    }
    expect(follow(duel, forgetful())).to.deep.equal([POPULARITY])
  })

  it('has no key before there are entries', () => {
    const duel = new Duel()
    expect([1, 2, 3].filter((hash) => duel.has(hash))).to.deep.equal([])
    duel.fit(ROOM)
    expect([1, 2, 3].filter((hash) => duel.has(hash))).to.deep.equal([1, 2, 3])
  })

  it('begins as LRU with a large cache, for a wrong guess would be dear, and leaves it when that pays', () => {
    const duel = new Duel()
    duel.fit(5_000)
    duel.begin(5_000, ROOM)
    expect(duel.tuning).to.equal(RECENCY)
    for (const key of times(20_000, (n) => n % 400)) duel.ask(hashOf(String(key)), ROOM)
    expect(duel.tuning).to.equal(PERSISTENCE)
  })
})
