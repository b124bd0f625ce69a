import { expect } from 'chai'
import { describe, it } from 'mocha'
import { read, write } from './fixtures/records.ts'
import { verdict } from './fixtures/verdict.ts'

describe('the rule of monotonic reads', () => {
  const writes = [write(0, 1), write(1000, 2)]
  const always = { monotonicReads: true }

  it('lets no process read less than it has read', () => {
    expect(verdict([...writes, read(1001, 2), read(1003, 1)], always)).to.deep.equal([
      'monotonic reads: n1 read k at version 1, 2 ms after it had read version 2',
    ])
    expect(verdict([...writes, read(1001, 1), read(1003, 2), read(1004, 2)], always)).to.deep.equal([])
  })

  it('asks only what had returned before the read began', () => {
    const slow = read(1001, 2, { returnedAt: 1010 })
    expect(verdict([...writes, slow, read(1010, 1)], always)).to.deep.equal([])
    expect(verdict([...writes, slow, read(1010.5, 1)], always)).to.have.length(1)
  })

  it('remembers the newest, not the last', () => {
    const together = [read(1001, 2, { returnedAt: 1002 }), read(1001.5, 1, { returnedAt: 1003 })]
    expect(verdict([...writes, ...together, read(1010, 1)], always)).to.have.length(1)
  })

  it('keeps processes apart, and keys', () => {
    expect(verdict([...writes, read(1001, 2), read(1003, 1, { process: 'n2' })], always)).to.deep.equal([])
    const other = [write(0, 1, { key: 'other' }), read(1003, 1, { key: 'other' })]
    expect(verdict([...writes, read(1001, 2), ...other], always)).to.deep.equal([])
  })

  it('judges only where it is asked to', () => {
    const history = [...writes, read(1001, 2), read(1003, 1)]
    const elsewhere = history.map((record) => ({ ...record, region: 'r' }))
    expect(verdict(history)).to.deep.equal([])
    expect(verdict(elsewhere, { monotonicReads: ['s'] })).to.deep.equal([])
    expect(verdict(elsewhere, { monotonicReads: ['r', 's'] })).to.have.length(1)
  })
})
