import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Ring } from './ring.ts'

const entry = (seq: number, chain = `c${seq}`, epoch = 1) => ({ position: { epoch, seq }, chain })

describe('Ring', () => {
  it('knows an entry by its position and its chain, and one that contradicts it', () => {
    const ring = new Ring()
    ring.restart(entry(5))
    ring.add(entry(6))
    expect([entry(5), entry(6), entry(4), entry(7)].map((one) => ring.has(one))).to.deep.equal([
      true,
      true,
      false,
      false,
    ])
    expect([entry(5, 'x'), entry(5), entry(4, 'x')].map((one) => ring.contradicts(one))).to.deep.equal([
      true,
      false,
      false,
    ])
  })

  it('knows nothing of another epoch', () => {
    const ring = new Ring()
    ring.restart(entry(5))
    expect(ring.has(entry(5, 'c5', 2)) || ring.contradicts(entry(5, 'x', 2))).to.equal(false)
    ring.restart(entry(0, 'c0', 2))
    expect(ring.has(entry(5)) || ring.contradicts(entry(5, 'x'))).to.equal(false)
    expect(ring.has(entry(0, 'c0', 2))).to.equal(true)
  })

  it('forgets the oldest beyond 4,096', () => {
    const ring = new Ring()
    ring.restart(entry(0))
    for (let seq = 1; seq <= 4_096; seq += 1) {
      ring.add(entry(seq))
    }
    expect([0, 1, 4_096].map((seq) => ring.has(entry(seq)))).to.deep.equal([false, true, true])
  })
})
