import { expect } from 'chai'
import { describe, it } from 'mocha'
import { paintFor } from './paint.ts'

const terminal = { isTTY: true, write: () => true }
const pipe = { write: () => true }

describe('paintFor', () => {
  it('colours a terminal and switches each colour off again', () => {
    expect(paintFor(terminal, {})('green', 'l1')).to.equal('\u001b[32ml1\u001b[39m')
  })

  it('leaves a pipe, a dumb terminal and NO_COLOR in peace', () => {
    expect(paintFor(pipe, {})('green', 'l1')).to.equal('l1')
    expect(paintFor(terminal, { TERM: 'dumb' })('green', 'l1')).to.equal('l1')
    expect(paintFor(terminal, { NO_COLOR: '1' })('green', 'l1')).to.equal('l1')
  })

  it('takes an empty NO_COLOR as unset', () => {
    expect(paintFor(terminal, { NO_COLOR: '' })('green', 'l1')).not.to.equal('l1')
  })
})
