import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseBenchOptions, UsageError } from './options.ts'

describe('parseBenchOptions', () => {
  it('asks everything unless told what', () => {
    expect(parseBenchOptions([]).questions.map(({ name }) => name)).to.deep.equal(['lag', 'rate', 'epoch'])
    expect(parseBenchOptions(['rate', '--json'])).to.include({ json: true, help: false })
    expect(parseBenchOptions(['rate']).questions.map(({ name }) => name)).to.deep.equal(['rate'])
  })

  it('refuses what it does not know, and says what it does', () => {
    expect(() => parseBenchOptions(['speed'])).to.throw(UsageError, "among lag, rate, epoch; received 'speed'")
    expect(() => parseBenchOptions(['--jason'])).to.throw(UsageError, 'See pnpm bench --help')
  })
})
