import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Arrivals } from './arrivals.ts'
import { keysOf } from './load.ts'

describe('Arrivals', () => {
  it('waits for the calls that are still to come', async () => {
    const arrivals = new Arrivals()
    arrivals.expect(10)
    arrivals.note(keysOf(1, 3))
    const collected = arrivals.collect(2, 60_000)
    arrivals.note(keysOf(0, 3))
    const [first = 0, second = 0] = await collected
    expect(second).to.be.at.most(first)
  })

  it('takes several calls from one message', async () => {
    const arrivals = new Arrivals()
    arrivals.expect(10)
    arrivals.note([...keysOf(0, 3), ...keysOf(1, 3)])
    expect([...(await arrivals.collect(2, 60_000))].some(Number.isNaN)).to.equal(false)
  })

  it('answers with NaN for a call that never came', async () => {
    const arrivals = new Arrivals()
    arrivals.expect(10)
    arrivals.note(keysOf(1, 1))
    expect([...(await arrivals.collect(2, 1))].map(Number.isNaN)).to.deep.equal([true, false])
  })

  it('ignores keys that it does not expect', async () => {
    const arrivals = new Arrivals()
    arrivals.expect(1)
    for (const key of ['1', 'none']) arrivals.note([key])
    arrivals.note(['0'])
    expect(await arrivals.collect(1, 60_000)).to.have.length(1)
  })
})
