import { expect } from 'chai'
import { describe, it } from 'mocha'
import { quantile, sum } from './figures.ts'

describe('quantile', () => {
  it('is a number of the list, whatever its order', () => {
    const numbers = [5, 1, 4, 2, 3]
    expect([0, 0.5, 0.99, 1].map((share) => quantile(numbers, share))).to.deep.equal([1, 3, 5, 5])
  })

  it('compares as numbers and not as text', () => {
    expect(quantile([10, 9], 1)).to.equal(10)
  })

  it('is no number when there is nothing to measure', () => {
    expect(quantile([], 0.5)).to.be.NaN
  })
})

describe('sum', () => {
  it('is 0 for nothing', () => {
    expect([sum([]), sum([1, 2])]).to.deep.equal([0, 3])
  })
})
