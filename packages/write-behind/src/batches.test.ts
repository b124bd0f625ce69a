import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { batchesOf, retryPauseMs } from './batches.ts'

const writes = (...attempts: number[]) => attempts.map((one, id) => ({ id, attempts: one }))
const sizes = (...attempts: number[]) => batchesOf(writes(...attempts), 8, 10).map((batch) => batch.length)

describe('The batches in which writes are saved', () => {
  it('are as large as they may be while nothing has failed', () => {
    expect(sizes(...new Array(20).fill(0))).to.deep.equal([8, 8, 4])
    expect(sizes()).to.deep.equal([])
  })

  it('are half as large after each failure', () => {
    expect(sizes(...new Array(8).fill(1))).to.deep.equal([4, 4])
    expect(sizes(...new Array(4).fill(2))).to.deep.equal([2, 2])
    expect(sizes(3, 3, 7)).to.deep.equal([1, 1, 1])
  })

  it('are as small as the one that has failed most often asks for', () => {
    expect(sizes(0, 1, 0, 0, 0)).to.deep.equal([4, 1])
    // It may not join so many: it begins the next one.
    expect(sizes(0, 0, 0, 2, 0, 0)).to.deep.equal([3, 2, 1])
  })

  it('have a write alone whose last try it is', () => {
    expect(batchesOf(writes(0, 1, 1), 1_000, 2).map((batch) => batch.length)).to.deep.equal([1, 1, 1])
    expect(batchesOf(writes(0, 0), 1_000, 1).map((batch) => batch.length)).to.deep.equal([1, 1])
  })

  it('hold each write once, in order, and never more than one of them may have beside it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 300 }), fc.integer({ min: 1, max: 64 }), (attempts, batchSize) => {
        const all = writes(...attempts)
        const batches = batchesOf(all, batchSize, 6)
        expect(batches.flat()).to.deep.equal(all)
        for (const batch of batches) {
          for (const one of batch) {
            const limit = one.attempts >= 5 ? 1 : Math.max(1, Math.floor(batchSize / 2 ** one.attempts))
            expect(batch.length).to.be.within(1, limit)
          }
        }
      }),
    )
  })
})

describe('The pause before another try', () => {
  it('doubles from the first to the longest, less a random quarter at most', () => {
    for (const [attempts, full] of [
      [1, 100],
      [2, 200],
      [5, 1_600],
      [6, 2_000],
      [1_000, 2_000],
    ] as const) {
      expect(retryPauseMs(attempts, 100, 2_000)).to.be.within(full * 0.75, full)
    }
  })
})
