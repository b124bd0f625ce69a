import { expect } from 'chai'
import { describe, it } from 'mocha'
import { TurnBatch } from './turn-batch.ts'

describe('TurnBatch', () => {
  function setUp(most = 100) {
    const batches: (readonly number[])[] = []
    const batch = new TurnBatch<number>(most, (items) => void batches.push(items))
    return { batch, batches }
  }

  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('carries out together what comes in one turn, also after some promises', async () => {
    const { batch, batches } = setUp()
    batch.add(1)
    batch.add(2)
    await Promise.resolve().then(() => Promise.resolve())
    batch.add(3)
    expect(batches).to.deep.equal([])
    await turn()
    batch.add(4)
    await turn()
    expect(batches).to.deep.equal([[1, 2, 3], [4]])
  })

  it('carries out no more than so many together, and those at once', async () => {
    const { batch, batches } = setUp(2)
    for (const item of [1, 2, 3, 4, 5]) batch.add(item)
    expect(batches).to.deep.equal([
      [1, 2],
      [3, 4],
    ])
    await turn()
    expect(batches).to.deep.equal([[1, 2], [3, 4], [5]])
  })

  it('takes what an item asks for while it is carried out into the next batch', async () => {
    const batches: (readonly number[])[] = []
    const batch: TurnBatch<number> = new TurnBatch(2, (items) => {
      batches.push(items)
      if (items.includes(1)) batch.add(3)
    })
    batch.add(1)
    batch.add(2)
    await turn()
    expect(batches).to.deep.equal([[1, 2], [3]])
  })
})
