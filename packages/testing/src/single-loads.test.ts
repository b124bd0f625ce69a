import { expect } from 'chai'
import { describe, it } from 'mocha'
import { applied, flush, joined, told } from './fixtures/messages.ts'
import { load, write } from './fixtures/records.ts'
import { verdict } from './fixtures/verdict.ts'
import type { FaultRecord, HistoryRecord } from './history.ts'

describe('the rule of single loads', () => {
  const rules = (history: readonly HistoryRecord[]) => verdict([...joined, ...told, ...history])

  it('lets one process load each version once it was told of', () => {
    expect(rules([load('n1', 1010, 2)])).to.deep.equal([])
    expect(rules([load('n1', 1010, 2), load('n2', 1012, 2)])).to.deep.equal([
      'single load: k was loaded 2 times at version 2, in place of 1: by n1 at 1010 ms, n2 at 1012 ms',
    ])
    expect(rules([load('n1', 20, 1), load('n2', 1012, 2)])).to.deep.equal([])
    expect(rules([load('n1', 1010, 2), load('n2', 1012, 2, { key: 'other' })])).to.deep.equal([])
  })

  it('does not count a load that its process began before it had heard of the version', () => {
    expect(rules([load('n1', 1010, 2), load('n2', 1005, 2)])).to.deep.equal([])
    expect(rules([load('n1', 1010, 2), load('n2', 1005.5, 2)])).to.have.length(1)
  })

  it('does not count a load that brought nothing, nor one that never ended', () => {
    const failed: HistoryRecord = { type: 'load', process: 'n2', key: 'k', beganAt: 1010, endedAt: 1011 }
    const lost: HistoryRecord = { type: 'load', process: 'n2', key: 'k', beganAt: 1010 }
    expect(rules([load('n1', 1010, 2), failed, lost])).to.deep.equal([])
  })

  it('allows one more for each holder that crashed before the others began', () => {
    const crash = (process: string, at: number): HistoryRecord => ({ type: 'crash', process, at })
    const loads = [load('n1', 1010, 2), load('n2', 1020, 2)]
    expect(rules([...loads, crash('n1', 1015)])).to.deep.equal([])
    expect(rules([...loads, crash('n1', 1021)])).to.have.length(1)
    expect(rules([...loads, crash('n1', 1009)])).to.have.length(1)
    expect(rules([...loads, load('n2', 1030, 2), crash('n1', 1015)])).to.have.length(1)
  })

  it('allows one more for each time that the version was told of, and for each epoch', () => {
    const again = [write(1100, 2, { committedAt: 1000, position: '1-3' }), applied('n1', 1101, '1-3')]
    const loads = [load('n1', 1010, 2), load('n1', 1110, 2)]
    expect(rules(loads)).to.have.length(1)
    expect(rules([...again, ...loads])).to.deep.equal([])
    const restarted: HistoryRecord[] = [
      flush('n1', 1100, '2-0', 'epoch'),
      { type: 'fault', what: 'restart', from: 1100, until: 1100 },
    ]
    expect(rules([...restarted, load('n1', 1010, 2), load('n1', 1310, 2)])).to.deep.equal([])
    expect(rules([...restarted, load('n1', 1310, 2), load('n1', 1320, 2)])).to.have.length(1)
  })

  it('takes a process for informed that dropped everything after the message', () => {
    const third = flush('n3', 1050, '1-2')
    expect(rules([third, load('n1', 1010, 2), load('n3', 1060, 2)])).to.have.length(1)
    expect(rules([{ ...third, position: '1-1' }, load('n1', 1010, 2), load('n3', 1060, 2)])).to.deep.equal([])
  })

  it('counts loads of what there was from the beginning', () => {
    const history = [...joined, load('n1', 5, 1), load('n2', 7, 1)]
    expect(verdict(history, { initialVersion: 1 })).to.have.length(1)
    expect(verdict(history.slice(0, -1), { initialVersion: 1 })).to.deep.equal([])
  })

  it('does not count what was loaded during a fault, or before all had settled', () => {
    const fault: FaultRecord = { type: 'fault', what: 'cut', from: 1000, until: 1100 }
    const loads = [load('n1', 1110, 2), load('n2', 1300, 2)]
    expect(rules([fault, ...loads])).to.deep.equal([])
    expect(rules([{ ...fault, until: 1099 }, ...loads, load('n1', 1400, 2)])).to.have.length(1)
    expect(verdict([...joined, ...told, fault, ...loads], { settleMs: 5 })).to.have.length(1)
  })

  it('does not judge processes that did not say what they heard', () => {
    expect(
      verdict([...told.filter(({ type }) => type === 'write'), load('n1', 1010, 2), load('n2', 1012, 2)]),
    ).to.deep.equal([])
  })

  it('is not asked where values expire', () => {
    const history = [...joined, ...told, load('n1', 1010, 2), load('n2', 1012, 2)]
    expect(verdict(history, { singleLoads: false })).to.deep.equal([])
  })
})
