import { expect } from 'chai'
import { describe, it } from 'mocha'
import { checkHistory } from './check-history.ts'
import { load, read, write } from './fixtures/records.ts'
import type { FaultRecord, HistoryRecord } from './history.ts'

const report = (history: readonly HistoryRecord[]) =>
  checkHistory(history, { maxStalenessMs: 100_000, initialVersion: 1 })

describe('the figures of a history', () => {
  it('say how old what was read was, from the acknowledgement of the first newer version', () => {
    const ages = [0, 0, 0, 0, 0, 10, 11, 100, 1000, 5000]
    const reads = ages.map((ageMs) => read(1000 + ageMs, ageMs === 0 ? 3 : 1))
    expect(report([write(1000, 2), write(1002, 3, { committedAt: 1000 }), ...reads]).staleness).to.deep.equal({
      p50Ms: 0,
      p90Ms: 1000,
      p99Ms: 5000,
      p999Ms: 5000,
      maxMs: 5000,
      within: { '0ms': 0.5, '10ms': 0.6, '100ms': 0.8, '1s': 0.9 },
    })
    expect(report([write(1000, 2)]).staleness).to.equal(undefined)
  })

  it('say how many reads were answered, in all and while something was broken', () => {
    const fault: FaultRecord = { type: 'fault', what: 'cut', from: 100, until: 200 }
    const failed = { failure: 'no' }
    const reads = [
      read(99, 1),
      read(99, undefined, { ...failed, returnedAt: 100 }),
      read(150, 1),
      read(200, 1, { returnedAt: 900 }),
      read(201, undefined, failed),
    ]
    const { availability, availabilityInFaults } = report([fault, { ...fault, from: 120, until: 130 }, ...reads])
    expect(availability).to.deep.equal({ reads: 5, failed: 2, share: 0.6 })
    expect(availabilityInFaults).to.deep.equal({ reads: 3, failed: 1, share: 2 / 3 })
    expect(report([]).availability.share).to.equal(1)
  })

  it('say how long after a fault a process had its first answer from L1', () => {
    const fault: FaultRecord = { type: 'fault', what: 'cut', from: 100, until: 200 }
    const hit = (process: string, at: number) => read(at, 1, { process, hit: true })
    const hits = [hit('n1', 199), hit('n1', 230), hit('n1', 240), hit('n2', 205), hit('n3', 150), read(201, 1)]
    expect(report([fault, ...hits]).recoveries).to.deep.equal([
      { what: 'cut', healedAt: 200, slowestMs: 30, without: ['n3'] },
    ])
    const one = { ...fault, processes: ['n2', 'never heard of'] }
    expect(report([one, ...hits]).recoveries).to.deep.equal([{ what: 'cut', healedAt: 200, slowestMs: 5, without: [] }])
    expect(report([{ type: 'fault', what: 'for good', from: 100 }, ...hits]).recoveries).to.deep.equal([])
  })

  it('count what there was', () => {
    const flush: HistoryRecord = { type: 'flush', process: 'n9', reason: 'joined', position: '1-0', at: 0 }
    const counted = report([write(0, 1), read(1, 1), read(2, 1, { key: 'b', process: 'n2' }), load('n3', 1, 1), flush])
    expect(counted).to.deep.include({ processes: 4, keys: 2, writes: 1, loads: 1, flushes: 1, ok: true })
  })

  it('keep the first violations of each rule, and count all', () => {
    const reads = Array.from({ length: 30 }, (_, index) => read(index, 5))
    const { violations, rules, ok } = checkHistory(reads, { maxStalenessMs: 1, maxViolations: 3 })
    expect(violations).to.have.length(3)
    expect(rules.future).to.deep.equal({ judged: 30, broken: 30 })
    expect(ok).to.equal(false)
  })
})
