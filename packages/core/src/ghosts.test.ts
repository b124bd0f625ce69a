import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Ghosts } from './ghosts.ts'
import { hashOf } from './key-hash.ts'

describe('Ghosts', () => {
  it('tell how many were remembered since a key, itself included, and forget it', () => {
    const ghosts = new Ghosts()
    for (const key of ['a', 'b', 'c']) ghosts.remember(hashOf(key), 10)
    expect(ghosts.take(hashOf('b'))).to.equal(2)
    expect(ghosts.take(hashOf('b'))).to.equal(undefined)
    expect([ghosts.take(hashOf('c')), ghosts.take(hashOf('a'))]).to.deep.equal([1, 3])
  })

  it('know nothing before they have remembered', () => {
    expect(new Ghosts().take(hashOf('a'))).to.equal(undefined)
  })

  it('count a key from when it was last remembered', () => {
    const ghosts = new Ghosts()
    for (const key of ['a', 'b', 'a']) ghosts.remember(hashOf(key), 10)
    expect(ghosts.take(hashOf('a'))).to.equal(1)
    expect(ghosts.take(hashOf('a'))).to.equal(undefined)
  })

  it('remember nearly all of as many as there is to be room for, and few of those long before', () => {
    const ghosts = new Ghosts()
    const room = 2_000
    for (let index = 0; index < 20 * room; index += 1) ghosts.remember(hashOf(`key ${index}`), room)
    const known = (from: number) =>
      Array.from({ length: room }, (_, index) => ghosts.take(hashOf(`key ${from + index}`))).filter(
        (age) => age !== undefined,
      ).length
    expect(known(19 * room)).to.be.above(0.97 * room)
    expect(known(5 * room)).to.be.below(0.01 * room)
  })

  it('keep what they know when more room is needed', () => {
    const ghosts = new Ghosts()
    for (let index = 0; index < 30; index += 1) ghosts.remember(hashOf(`key ${index}`), 20)
    ghosts.remember(hashOf('last'), 5_000)
    const ages = Array.from({ length: 30 }, (_, index) => ghosts.take(hashOf(`key ${index}`)))
    expect(ages).to.deep.equal(Array.from({ length: 30 }, (_, index) => 31 - index))
  })
})

describe('hashOf', () => {
  it('is never 0, and spreads keys that differ in little', () => {
    const hashes = Array.from({ length: 10_000 }, (_, index) => hashOf(`product:${index}`))
    expect(new Set(hashes).size).to.be.at.least(9_998)
    expect(hashes).not.to.include(0)
    const perBucket = Array.from({ length: 16 }, (_, low) => hashes.filter((hash) => (hash & 15) === low).length)
    for (const count of perBucket) expect(count).to.be.within(500, 750)
  })
})
