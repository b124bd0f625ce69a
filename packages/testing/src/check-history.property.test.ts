import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { checkHistory } from './check-history.ts'
import { histories } from './fixtures/histories.ts'
import { judgeNaively } from './fixtures/oracle.ts'
import type { HistoryRecord } from './history.ts'

const bounds = { maxStalenessMs: 10, initialVersion: 1 }

describe('the checker', () => {
  it('finds what comparing everything with everything finds, whatever the order of the records', () => {
    const broken = new Set<string>()
    fc.assert(
      fc.property(histories, (history) => {
        const { violations, staleness } = checkHistory(history, {
          ...bounds,
          monotonicReads: true,
          maxViolations: 1000,
        })
        const list = (found: readonly (readonly [string, HistoryRecord | undefined])[]) =>
          found.map(([rule, record]) => `${rule} ${record && history.indexOf(record)}`).sort()
        const found = violations.map(({ rule, records }) => [rule, records[0]] as const)
        for (const [rule] of found) {
          broken.add(rule)
        }
        const expected = judgeNaively(history, bounds)
        expect(list(found)).to.deep.equal(list(expected.broken))
        expect(staleness?.maxMs).to.equal(expected.agesMs.length > 0 ? Math.max(...expected.agesMs) : undefined)
        const fresh = expected.agesMs.filter((ageMs) => ageMs <= 10).length
        expect(staleness?.within['10ms'] ?? 0).to.equal(fresh / Math.max(1, expected.agesMs.length))
      }),
      { numRuns: 500 },
    )
    expect(broken).to.have.keys(
      'bounded staleness',
      'tags',
      'own writes',
      'confirmed',
      'token',
      'future',
      'monotonic reads',
      'stale set',
    )
  }).timeout(60_000)
})
