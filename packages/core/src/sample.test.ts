import { expect } from 'chai'
import { describe, it } from 'mocha'
import { hashOf } from './key-hash.ts'
import { Sample } from './sample.ts'

const hashes = Array.from({ length: 40_000 }, (_, index) => hashOf(`product:${index}`))
const shareOf = (sample: Sample) => hashes.filter((hash) => sample.has(hash)).length / hashes.length

describe('Sample', () => {
  it('has no key before it is fitted', () => {
    expect(shareOf(new Sample())).to.equal(0)
  })

  it('has all keys of a small cache, and fewer of a larger one', () => {
    for (const [held, share] of [
      [1, 1],
      [256, 1],
      [257, 1 / 2],
      [1_000, 1 / 4],
      [5_000, 1 / 32],
      [16_384, 1 / 64],
      [1_000_000, 1 / 64],
    ] as const) {
      const sample = new Sample()
      expect(sample.fit(held)).to.equal(true)
      expect(shareOf(sample)).to.be.within(0.85 * share, 1.15 * share)
    }
  })

  it('only ever loses keys as the cache grows, and says when', () => {
    const sample = new Sample()
    expect([200, 250, 300, 400, 2_000, 100].map((held) => sample.fit(held))).to.deep.equal([
      true,
      false,
      true,
      false,
      true,
      false,
    ])
    const small = new Sample()
    small.fit(1_000)
    expect(hashes.filter((hash) => sample.has(hash) && !small.has(hash))).to.deep.equal([])
  })
})
