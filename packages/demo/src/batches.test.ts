import { expect } from 'chai'
import { describe, it } from 'mocha'
import { eachAtMost, inBatches } from './batches.ts'

describe('inBatches', () => {
  it('cuts a list into lists, the last of which may be shorter', () => {
    expect(inBatches([1, 2, 3, 4, 5], 2)).to.deep.equal([[1, 2], [3, 4], [5]])
    expect(inBatches([], 2)).to.deep.equal([])
  })
})

describe('eachAtMost', () => {
  it('does every item once, and never more than so many at a time', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await eachAtMost(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      done.push(item)
    })
    expect(done).to.have.members([1, 2, 3, 4, 5, 6, 7])
    expect(most).to.equal(3)
  })

  it('rejects with the first failure', async () => {
    const failing = eachAtMost(2, [1, 2, 3], (item) =>
      item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(),
    )
    expect(await failing.catch(String)).to.equal('Error: two')
  })
})
