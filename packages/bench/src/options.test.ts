import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseBenchOptions } from './options.ts'
import { UsageError } from './usage-error.ts'

describe('parseBenchOptions', () => {
  it('asks everything unless told what', () => {
    expect(parseBenchOptions([]).questions.map(({ name }) => name)).to.deep.equal([
      'hit-ratio',
      'l1',
      'l2',
      'stampede',
      'lag',
      'growth',
      'rate',
      'tags',
      'cost',
      'epoch',
      'faults',
    ])
    expect(parseBenchOptions(['rate', '--json'])).to.include({ json: true, help: false })
    expect(parseBenchOptions(['rate']).questions.map(({ name }) => name)).to.deep.equal(['rate'])
  })

  it('refuses what it does not know, and says what it does', () => {
    expect(() => parseBenchOptions(['speed'])).to.throw(
      UsageError,
      "among hit-ratio, l1, l2, stampede, lag, growth, rate, tags, cost, epoch, faults; received 'speed'",
    )
    expect(() => parseBenchOptions(['--jason'])).to.throw(UsageError, 'See pnpm bench --help')
  })

  it('takes a directory of traces for the hit ratio, and refuses it for anything else', () => {
    expect(parseBenchOptions(['hit-ratio', '--traces', 'here']).traces).to.equal('here')
    expect(parseBenchOptions(['--traces', 'here']).traces).to.equal('here')
    expect(parseBenchOptions(['hit-ratio']).traces).to.equal(undefined)
    expect(() => parseBenchOptions(['lag', '--traces', 'here'])).to.throw(
      UsageError,
      'for hit-ratio, which is not asked',
    )
    expect(() => parseBenchOptions(['hit-ratio', '--traces'])).to.throw(UsageError, '--traces')
  })
})
