import { expect } from 'chai'
import { describe, it } from 'mocha'
import { checkHistory } from './check-history.ts'
import { read, unheard, write } from './fixtures/records.ts'
import { verdict } from './fixtures/verdict.ts'
import type { HistoryRecord } from './history.ts'

const stale = (rule: string, ago: string, version = 2) =>
  `${rule}: n1 read k at version 1, ${ago} ms after version ${version} was acknowledged to w (invalidate)`

describe('the rule of bounded staleness', () => {
  const writes = [write(0, 1), write(1000, 2)]

  it('lets a read be behind for the bound, and not a microsecond longer', () => {
    expect(verdict([...writes, read(1100, 1)])).to.deep.equal([])
    expect(verdict([...writes, read(1100.001, 1)])).to.deep.equal([stale('bounded staleness', '100.001')])
  })

  it('counts to the begin of the read, however long it takes', () => {
    expect(verdict([...writes, read(1100, 1, { returnedAt: 9000 })])).to.deep.equal([])
  })

  it('asks for the newest version that was acknowledged, in whatever order that happened', () => {
    const history = [write(0, 1), write(1000, 3), write(1010, 2, { committedAt: 990 })]
    expect(verdict([...history, read(1101, 1)])).to.deep.equal([stale('bounded staleness', '101', 3)])
    expect(verdict([...history, read(1200, 2)])).to.have.length(1)
    expect(verdict([...history, read(1200, 3)])).to.deep.equal([])
  })

  it('asks for nothing that was never acknowledged', () => {
    expect(verdict([write(0, 1), unheard(1000, 2), read(9000, 1)])).to.deep.equal([])
  })

  it('counts from the first acknowledgement of a version that was told several times', () => {
    expect(verdict([...writes, write(2000, 2, { committedAt: 1000 }), read(1101, 1)])).to.have.length(1)
  })

  it('makes no exception for faults', () => {
    const fault: HistoryRecord = { type: 'fault', what: 'black hole', from: 0, until: 9000 }
    expect(verdict([...writes, fault, read(1101, 1)])).to.have.length(1)
  })

  it('holds a read to a bound of its own, if that is stricter', () => {
    expect(verdict([...writes, read(1050, 1, { maxStalenessMs: 50 })])).to.deep.equal([])
    expect(verdict([...writes, read(1050.5, 1, { maxStalenessMs: 50 })])).to.have.length(1)
    expect(verdict([...writes, read(1000.5, 1, { maxStalenessMs: 0 })])).to.have.length(1)
    expect(verdict([...writes, read(1101, 1, { maxStalenessMs: 5000 })])).to.have.length(1)
  })

  it('keeps keys apart, and regions with the same keys', () => {
    expect(verdict([...writes, write(0, 1, { key: 'other' }), read(9000, 1, { key: 'other' })])).to.deep.equal([])
    const elsewhere = { region: 'r' }
    expect(verdict([...writes, write(0, 1, elsewhere), read(9000, 1, elsewhere)])).to.deep.equal([])
  })

  it('takes an answer without a value for the newest deletion that it can have seen, and else for version 0', () => {
    expect(verdict([write(0, 1), read(101, undefined)])).to.have.length(1)
    const gone = [write(0, 1), write(1000, 2, { deleted: true })]
    expect(verdict([...gone, read(5000, undefined)])).to.deep.equal([])
    expect(verdict([...gone, write(2000, 3), read(2100, undefined)])).to.deep.equal([])
    expect(verdict([...gone, write(2000, 3), read(2101, undefined)])).to.deep.equal([
      'bounded staleness: n1 read that there is no k, 101 ms after version 3 was acknowledged to w (invalidate)',
    ])
    expect(verdict([...gone, read(999, undefined)]), 'before it was deleted').to.have.length(1)
  })

  it('asks nothing of a read that failed', () => {
    expect(verdict([...writes, read(9000, undefined, { failure: 'no route' })])).to.deep.equal([])
  })
})

describe('the rule of tags', () => {
  it('holds what was told by a tag, or by a region, to the same bound', () => {
    for (const how of ['tag', 'clear'] as const) {
      const history = [write(0, 1), write(1000, 2, { how, tags: ['t'] })]
      expect(verdict([...history, read(1100, 1)])).to.deep.equal([])
      const rules = verdict([...history, read(1101, 1)]).map((line) => line.split(':')[0])
      expect(rules).to.deep.equal(['bounded staleness', 'tags'])
    }
    const { rules } = checkHistory([write(1000, 2), read(1101, 1)], { maxStalenessMs: 100, initialVersion: 1 })
    expect(rules.tags).to.deep.equal({ judged: 0, broken: 0 })
  })
})

describe('the rule of own writes', () => {
  it('lets a process read what it has written as soon as that was acknowledged, and others later', () => {
    const history = [write(0, 1), write(1000, 2, { process: 'n1' })]
    const line = 'own writes: n1 read k at version 1, 0.5 ms after version 2 was acknowledged to n1 (invalidate)'
    expect(verdict([...history, read(1000, 1)])).to.deep.equal([])
    expect(verdict([...history, read(1000.5, 1)])).to.deep.equal([line])
    expect(verdict([...history, read(1000.5, 1, { process: 'n2' })])).to.deep.equal([])
  })

  it('asks for nothing while the acknowledgement is out', () => {
    expect(verdict([write(0, 1), unheard(1000, 2, { process: 'n1' }), read(2000, 1)])).to.deep.equal([])
  })
})

describe('the rule of tokens', () => {
  const history = [write(0, 1), write(1000, 2, { token: 't2' }), write(1000, 1, { key: 'b', token: 't2' })]

  it('lets every process read what its token stands for, at once', () => {
    expect(verdict([...history, read(1000.5, 2, { after: 't2' })])).to.deep.equal([])
    expect(verdict([...history, read(1000.5, 1, { after: 't2' })])).to.deep.equal([stale('token', '0.5')])
    expect(verdict([...history, read(1000.5, 1)])).to.deep.equal([])
  })

  it('includes what was acknowledged before the write of the token was committed, whatever its key, and no more', () => {
    const later = [...history, write(1020, 1, { key: 'c', committedAt: 1010, token: 't3' })]
    expect(verdict([...later, read(1021, 1, { after: 't3' })])).to.deep.equal([stale('token', '21')])
    const meanwhile = [...history, write(1020, 1, { key: 'c', committedAt: 1000, token: 't3' })]
    expect(verdict([...meanwhile, read(1021, 1, { after: 't3' })])).to.deep.equal([])
  })

  it('does not judge a token of which it knows no write', () => {
    const { rules } = checkHistory([...history, read(1001, 1, { after: '?' })], { maxStalenessMs: 100 })
    expect(rules.token).to.deep.equal({ judged: 0, broken: 0 })
  })
})

describe('the rule of confirmed writes', () => {
  it('lets no process read anything older once a write was confirmed', () => {
    const history = [write(0, 1), write(1000, 2, { confirmed: true })]
    expect(verdict([...history, read(1000, 1)])).to.deep.equal([])
    expect(verdict([...history, read(1000.5, 1)])).to.deep.equal([stale('confirmed', '0.5')])
    expect(verdict([write(0, 1), write(1000, 2, { confirmed: false }), read(1000.5, 1)])).to.deep.equal([])
  })
})

describe('the rule against the future', () => {
  it('lets nobody read a version before it can have been committed', () => {
    const history = [write(0, 1), write(1010, 2, { invokedAt: 1000, committedAt: 1010 })]
    expect(verdict([...history, read(900, 2, { returnedAt: 1000 })])).to.deep.equal([])
    expect(verdict([...history, read(900, 2, { returnedAt: 999 })])).to.deep.equal([
      'future: n1 read k at version 2, before it was committed',
    ])
  })

  it('lets nobody read what nobody has written, but for what there was from the beginning', () => {
    expect(verdict([write(0, 1), write(5, 3), read(10, 2)])).to.deep.equal([
      'future: n1 read k at version 2, which nobody committed',
    ])
    expect(verdict([read(10, 1)])).to.have.length(1)
    expect(verdict([read(10, 1)], { initialVersion: 1 })).to.deep.equal([])
    expect(verdict([read(10, 2)], { initialVersion: 1 })).to.have.length(1)
  })

  it('knows that a version is not committed before the ones below it', () => {
    const history = [write(1000, 1), write(2000, 2, { invokedAt: 500 })]
    expect(verdict([...history, read(999, 2)])).to.have.length(1)
    expect(verdict([...history, read(1000, 2)])).to.deep.equal([])
  })
})
