import { expect } from 'chai'
import { describe, it } from 'mocha'
import { checkHistory } from './check-history.ts'
import { load, read, write } from './fixtures/records.ts'
import type { HistoryRecord } from './history.ts'

const refusal = (...records: readonly unknown[]) => {
  try {
    Reflect.apply(checkHistory, undefined, [records, { maxStalenessMs: 100 }])
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error
  }
  return undefined
}

describe('a history that cannot be', () => {
  it('is refused where a record is none', () => {
    expect(refusal(5)).to.equal('InvalidHistoryError: A record is an object: 5')
    expect(refusal(null)).to.equal('InvalidHistoryError: A record is an object: null')
    expect(refusal({ type: 'red' })).to.match(/: type must be one of read, write, .*: {"type":"red"}$/)
    expect(refusal({ type: 'toString' })).to.match(/type must be one of/)
  })

  it('is refused where a field is missing, wrong, or not one that is read', () => {
    expect(refusal({ type: 'crash', at: 5 })).to.match(/process of a crash must be a string/)
    expect(refusal(read(5, 1.5))).to.match(/version of a read must be a whole number from 0/)
    expect(refusal(read(5, -1))).to.match(/version of a read must be/)
    expect(refusal({ ...read(5, 1), invokedAt: Number.NaN })).to.match(/invokedAt of a read must be a finite number/)
    expect(refusal({ ...read(5, 1), way: 'got' })).to.match(/way of a read must be one of get, getMany, peek/)
    expect(refusal({ ...read(5, 1), verison: 1 })).to.match(/A read has region, key, .*failure, and nothing else/)
    expect(refusal({ ...write(5, 1), tags: 't' })).to.match(/tags of a write must be an array of strings/)
    expect(refusal({ ...write(5, 1), position: '5' })).to.match(/position of a write must be a position/)
  })

  it('is refused where something ends before it begins', () => {
    expect(refusal({ ...read(5, 1), returnedAt: 4 })).to.match(/returnedAt of a read must not be before invokedAt/)
    expect(refusal({ ...write(5, 1), ackedAt: 4 })).to.match(/ackedAt of a write must not be before committedAt/)
    expect(refusal({ ...write(5, 1), invokedAt: 6 })).to.match(/committedAt of a write must not be before invokedAt/)
    expect(refusal(load('n', 5, 1, { endedAt: 4 }))).to.match(/endedAt of a load must not be before beganAt/)
    expect(refusal({ type: 'fault', what: 'x', from: 5, until: 4 })).to.match(
      /until of a fault must not be before from/,
    )
    expect(refusal(write(5, 1), read(5, 1))).to.equal(undefined)
  })

  it('is refused where a read has both an answer and none', () => {
    expect(refusal({ ...read(5, 1), failure: 'no' })).to.match(/A read has a version or a failure, not both/)
  })

  it('is refused where versions were not committed in order', () => {
    expect(refusal(write(10, 1), write(9, 2))).to.match(
      /A version was committed before the one below it: .*"version":2/,
    )
    expect(refusal(write(10, 1, { invokedAt: 8 }), write(9, 2))).to.equal(undefined)
    expect(refusal(write(10, 1), write(10, 2))).to.equal(undefined)
  })

  it('shows no more of a record than fits a line', () => {
    expect(refusal({ type: 'x'.repeat(10_000) })).to.have.length.below(500)
  })

  it('is refused with the record at hand', () => {
    const record: HistoryRecord = { type: 'crash', process: 'n', at: Number.NaN }
    expect(() => checkHistory([record], { maxStalenessMs: 1 }))
      .to.throw()
      .that.includes({ code: 'RESCIND_INVALID_HISTORY', record })
  })
})

describe('the options of the checker', () => {
  it('are refused if they cannot be used', () => {
    const check = (options: object) => () => Reflect.apply(checkHistory, undefined, [[], options])
    expect(check({})).to.throw('maxStalenessMs must be a number from 0')
    expect(check({ maxStalenessMs: '5s' })).to.throw('maxStalenessMs must be')
    expect(check({ maxStalenessMs: 5, settleMs: -1 })).to.throw('settleMs must be')
    expect(check({ maxStalenessMs: 5, initialVersion: 0.5 })).to.throw('initialVersion must be')
    expect(check({ maxStalenessMs: 5, maxViolations: -1 })).to.throw('maxViolations must be')
    expect(check({ maxStalenessMs: 5, singleLoads: 1 })).to.throw('singleLoads must be true or false')
    expect(check({ maxStalenessMs: 5, monotonicReads: 'product' })).to.throw(
      'monotonicReads must be true, false, or an array',
    )
    expect(check({ maxStalenessMs: 5, monotonic: true })).to.throw('options must be options among maxStalenessMs')
  })
})
