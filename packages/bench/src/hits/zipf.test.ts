import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Random } from '../random.ts'
import { Zipf } from './zipf.ts'

describe('Zipf', () => {
  it('draws a rank as often as its law says', () => {
    const random = new Random(1)
    const law = new Zipf(1_000, 0.9)
    const counts = new Map<number, number>()
    for (let n = 0; n < 200_000; n++) {
      const rank = law.rank(random.fraction())
      counts.set(rank, (counts.get(rank) ?? 0) + 1)
    }
    for (const rank of [1, 3, 9, 99]) {
      const share = (counts.get(rank) ?? 0) / (counts.get(0) ?? 0)
      expect(share).to.be.closeTo((rank + 1) ** -0.9, 0.1 * (rank + 1) ** -0.9)
    }
  })

  it('gives each rank its part of the fractions, from the first to the last', () => {
    const law = new Zipf(3, 1)
    // The weights are 6, 3 and 2 of 11.
    const parts = [0, 5.99, 6.01, 8.99, 9.01, 10.99].map((weight) => law.rank(weight / 11))
    expect(parts).to.deep.equal([0, 0, 1, 1, 2, 2])
  })
})
