import { expect } from 'chai'
import { describe, it } from 'mocha'
import { TurnBatch } from './turn-batch.ts'

describe('TurnBatch', () => {
  function setUp(most = 100) {
    const batches: (readonly number[])[] = []
    const batch = new TurnBatch<number, string>(most, async (items) => {
      batches.push(items)
      if (items.includes(-1)) throw new Error('all of them')
      return items.map((item) => (item < 0 ? new Error(`only ${item}`) : `result ${item}`))
    })
    return { batch, batches }
  }

  it('carries out together what comes in one turn, also after some promises, and gives each its own result', async () => {
    const { batch, batches } = setUp()
    const late = Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => batch.add(3))
    expect(await Promise.all([batch.add(1), batch.add(2), late])).to.deep.equal(['result 1', 'result 2', 'result 3'])
    expect(await batch.add(4)).to.equal('result 4')
    expect(batches).to.deep.equal([[1, 2, 3], [4]])
  })

  it('carries out no more than so many together', async () => {
    const { batch, batches } = setUp(2)
    await Promise.all([1, 2, 3, 4, 5].map((item) => batch.add(item)))
    expect(batches).to.deep.equal([[1, 2], [3, 4], [5]])
  })

  it('rejects for one item or for all of a batch', async () => {
    const { batch } = setUp()
    const outcomes = async (items: readonly number[]) =>
      (await Promise.allSettled(items.map((item) => batch.add(item)))).map((result) =>
        result.status === 'rejected' ? String(result.reason) : result.value,
      )
    expect(await outcomes([1, -2])).to.deep.equal(['result 1', 'Error: only -2'])
    expect(await outcomes([1, -1])).to.deep.equal(['Error: all of them', 'Error: all of them'])
  })
})
