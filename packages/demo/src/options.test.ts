import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseDemoOptions, UsageError } from './options.ts'

describe('parseDemoOptions', () => {
  it('runs the steps and ends when nothing is asked for', () => {
    expect(parseDemoOptions([])).to.deep.equal({ help: false, keep: false, broadcast: true })
  })

  it('knows --keep, --without-broadcast, --help and -h', () => {
    expect(parseDemoOptions(['--keep']).keep).to.equal(true)
    expect(parseDemoOptions(['--without-broadcast']).broadcast).to.equal(false)
    expect(parseDemoOptions(['--help']).help).to.equal(true)
    expect(parseDemoOptions(['-h']).help).to.equal(true)
  })

  it('refuses an unknown option and names it', () => {
    expect(() => parseDemoOptions(['--kepe'])).to.throw(
      UsageError,
      "Unknown option '--kepe'. See ./scripts/demo --help",
    )
  })

  it('refuses a value for a switch and a stray word', () => {
    expect(() => parseDemoOptions(['--keep=yes'])).to.throw(UsageError, /--keep/)
    expect(() => parseDemoOptions(['keep'])).to.throw(UsageError, /keep/)
  })
})
