import { expect } from 'chai'
import { describe, it } from 'mocha'
import { largest, median, percentile } from './statistics.ts'

describe('median', () => {
  it('is the value in the middle, by size and not by place', () => {
    expect(median([30, 1, 200])).to.equal(30)
  })

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 2, 30])).to.equal(3)
  })

  it('is not a number where there is nothing', () => {
    expect(median([])).to.be.NaN
  })
})

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)

  it('is a value that occurs, at the nearest rank', () => {
    expect(percentile(hundred, 0.99)).to.equal(99)
    expect(percentile(hundred, 0.5)).to.equal(50)
    expect(percentile([1, 2], 0.99)).to.equal(2)
  })

  it('goes from the smallest to the largest', () => {
    expect(percentile(hundred, 0)).to.equal(1)
    expect(largest(hundred)).to.equal(100)
  })

  it('is not a number where there is nothing', () => {
    expect(percentile([], 0.99)).to.be.NaN
  })
})
