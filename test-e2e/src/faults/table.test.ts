import { checkHistory, type HistoryRecord } from '@rescind/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { complaintsOf, isGreen, type Outcome } from './outcome.ts'
import { rowOf, tableOf } from './table.ts'

const good: HistoryRecord[] = [
  { type: 'write', process: 'w', key: 'a', version: 2, committedAt: 1, ackedAt: 2, how: 'invalidate' },
  { type: 'load', process: 'n', key: 'a', beganAt: 3, endedAt: 4, version: 2 },
  { type: 'read', process: 'n', key: 'a', version: 2, invokedAt: 3, returnedAt: 4, way: 'get' },
  { type: 'read', process: 'n', key: 'a', invokedAt: 3, returnedAt: 4, way: 'get', failure: 'no' },
]
const stale: HistoryRecord[] = [
  { type: 'read', process: 'n', key: 'a', version: 1, invokedAt: 1_002, returnedAt: 1_003, way: 'get' },
  { type: 'read', process: 'w', key: 'a', version: 1, invokedAt: 3, returnedAt: 4, way: 'get' },
  { type: 'held', process: 'n', key: 'a', version: 1, at: 2_000 },
]

function outcome(scenario: string, history: readonly HistoryRecord[], failure?: string): Outcome {
  const report = checkHistory(history, { maxStalenessMs: 500, initialVersion: 1 })
  return { scenario, seed: 1, report, faults: [], failure, history, tookMs: 2_000 }
}

describe('The table of runs', () => {
  it('has a row for each scenario, with the sums of its runs', () => {
    const { scenario, runs, reads, beyondBound, maxStalenessMs, loads, availability, tookMs } = rowOf([
      outcome('calm', good),
      outcome('calm', good),
    ])
    expect({ scenario, runs, reads, beyondBound, loads, tookMs }).to.deep.equal({
      scenario: 'calm',
      runs: 2,
      reads: 4,
      beyondBound: 0,
      loads: 2,
      tookMs: 4_000,
    })
    expect({ maxStalenessMs, availability }).to.deep.equal({ maxStalenessMs: 0, availability: 0.5 })
  })

  it('counts what was violated, by the rule', () => {
    const broken = outcome('network', [...good, ...stale])
    const { beyondBound, maxStalenessMs, ownWrites, staleAtQuiet } = rowOf([outcome('network', good), broken])
    expect({ beyondBound, maxStalenessMs, ownWrites, staleAtQuiet }).to.deep.equal({
      beyondBound: 1,
      maxStalenessMs: 1_000,
      ownWrites: 1,
      staleAtQuiet: 1,
    })
    expect(isGreen(broken)).to.equal(false)
    expect(complaintsOf(broken).join('\n')).to.match(/bounded staleness: .*\n.*own writes: .*\n.*stale set: /)
  })

  it('says whether anything was violated, or went wrong in another way', () => {
    expect(tableOf([outcome('calm', good), outcome('network', good)])).to.match(
      /\ncalm .*\nnetwork .*\nall .*\nNothing is violated\.$/,
    )
    const failed = outcome('calm', good, 'it never became live')
    expect(rowOf([failed]).other).to.equal(1)
    expect(tableOf([failed])).to.match(/\nVIOLATED$/)
    expect(complaintsOf(failed)).to.deep.equal(['failed: it never became live'])
  })
})
