import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Random } from './random.ts'

function draw(seed: number, count: number): number[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => random.fraction())
}

describe('Random', () => {
  it('draws the same numbers for the same seed, and others for another', () => {
    expect(draw(7, 100)).to.deep.equal(draw(7, 100))
    expect(draw(7, 100)).not.to.deep.equal(draw(8, 100))
  })

  it('draws fractions from 0 up to 1 evenly, whatever the seed', () => {
    for (const seed of [0, 1, 2, -1, 2 ** 31]) {
      const fractions = draw(seed, 10_000)
      expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).to.equal(true)
      for (let tenth = 0; tenth < 10; tenth++) {
        const within = fractions.filter((fraction) => Math.floor(fraction * 10) === tenth)
        expect(within.length).to.be.within(850, 1_150)
      }
    }
  })

  it('draws every whole number below a bound, and none from it on', () => {
    const random = new Random(1)
    const numbers = new Set(Array.from({ length: 1_000 }, () => random.below(5)))
    expect([...numbers].sort()).to.deep.equal([0, 1, 2, 3, 4])
  })
})
