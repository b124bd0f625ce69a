import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Random } from '../random.ts'
import { invalidated } from './invalidations.ts'
import { countReads } from './workload.ts'

const random = new Random(1)
const reads = Int32Array.from({ length: 50_000 }, () => random.below(20_000))

describe('invalidated', () => {
  it('leaves the reads as they are', () => {
    expect(invalidated(reads, 0.01, 1).filter((event) => event >= 0)).to.deep.equal(reads)
    expect(invalidated(reads, 0, 1)).to.deep.equal(reads)
  })

  it('adds the share of invalidations that was asked for', () => {
    const events = invalidated(reads, 0.01, 1)
    expect(countReads(events)).to.equal(reads.length)
    expect(events.length - reads.length).to.be.within(400, 600)
  })

  it('names keys that were read before, the first of all included', () => {
    const seen = new Set<number>()
    for (const event of invalidated(reads, 1, 1)) {
      if (event >= 0) seen.add(event)
      else expect(seen.has(~event)).to.equal(true)
    }
  })

  it('is the same for the same seed', () => {
    expect(invalidated(reads, 0.01, 1)).to.deep.equal(invalidated(reads, 0.01, 1))
    expect(invalidated(reads, 0.01, 1)).not.to.deep.equal(invalidated(reads, 0.01, 2))
  })
})
