import { expect } from 'chai'
import { describe, it } from 'mocha'
import { measure } from './measured.ts'

const sent = { atMs: Float64Array.of(100, 110), settledAtMs: 120 }

describe('measure', () => {
  it('gives the lag of each call at each receiver', () => {
    const { lagMs, missing, calls } = measure(sent, [Float64Array.of(101, 112), Float64Array.of(103, 114)])
    expect([...lagMs]).to.deep.equal([1, 2, 3, 4])
    expect({ missing, calls }).to.deep.equal({ missing: 0, calls: 2 })
  })

  it('counts what did not arrive, and gives it no lag', () => {
    const { lagMs, missing } = measure(sent, [Float64Array.of(101, Number.NaN), Float64Array.of(103, 114)])
    expect([...lagMs]).to.deep.equal([1, 3, 4])
    expect(missing).to.equal(1)
  })

  it('ends the time when the last call is settled and gone everywhere, whichever is later', () => {
    expect(measure(sent, [Float64Array.of(101, 112)]).perSecond).to.equal(100)
    expect(measure(sent, [Float64Array.of(101, 140)]).perSecond).to.equal(50)
  })
})
