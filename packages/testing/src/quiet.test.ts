import { expect } from 'chai'
import { describe, it } from 'mocha'
import { unheard, write } from './fixtures/records.ts'
import { verdict } from './fixtures/verdict.ts'
import type { HeldRecord, HistoryRecord } from './history.ts'

function held(version: number | undefined, process?: string): HeldRecord {
  return {
    type: 'held',
    key: 'k',
    at: 5000,
    ...(process !== undefined && { process }),
    ...(version !== undefined && { version }),
  }
}

describe('the rule against stale sets', () => {
  const writes = [write(0, 1), write(1000, 2)]

  it('lets L1 and L2 hold at quiet what the source has, and nothing else', () => {
    expect(verdict([...writes, held(2, 'n1'), held(2)])).to.deep.equal([])
    expect(verdict([...writes, held(1, 'n1'), held(1)])).to.deep.equal([
      'stale set: At quiet, L1 of n1 holds k at version 1; the source has version 2',
      'stale set: At quiet, L2 holds k at version 1; the source has version 2',
    ])
    expect(verdict([...writes, held(3)])).to.deep.equal([
      'stale set: At quiet, L2 holds k at version 3, which nobody committed',
    ])
  })

  it('judges what was committed by then', () => {
    expect(verdict([...writes, write(5001, 3), held(2)])).to.deep.equal([])
    expect(verdict([...writes, write(4999, 3), held(2)])).to.have.length(1)
    const underWay = write(5001, 3, { invokedAt: 4999 })
    for (const version of [2, 3]) {
      expect(verdict([...writes, underWay, held(version)])).to.deep.equal([])
    }
  })

  it('knows when it is held that there is no value', () => {
    expect(verdict([...writes, held(undefined)])).to.have.length(1)
    expect(verdict([...writes, write(2000, 3, { deleted: true }), held(undefined)])).to.deep.equal([])
    expect(verdict([held(undefined)])).to.deep.equal([])
  })

  it('asks for what was not acknowledged as well, unless its writer crashed and nobody could be told', () => {
    const crash: HistoryRecord = { type: 'crash', process: 'w', at: 3001 }
    expect(verdict([...writes, unheard(3000, 3), held(2)])).to.have.length(1)
    expect(verdict([...writes, unheard(3000, 3), crash, held(2)])).to.deep.equal([])
    expect(verdict([...writes, unheard(3000, 3), { ...crash, at: 2999 }, held(2)])).to.have.length(1)
    expect(verdict([...writes, unheard(3000, 3), { ...crash, process: 'n1' }, held(2)])).to.have.length(1)
    expect(verdict([...writes, unheard(3000, 3), crash, held(1)]), 'what was told is asked for').to.have.length(1)
    expect(verdict([...writes, unheard(3000, 3), crash, held(3)])).to.deep.equal([])
  })
})
