import { expect } from 'chai'
import { describe, it } from 'mocha'
import { comparePositions, formatPosition, parsePosition } from './position.ts'

describe('A position', () => {
  it('is written as the id of its stream entry, and read back', () => {
    const position = { epoch: 1_700_000_000_000, seq: 42 }
    expect(formatPosition(position)).to.equal('1700000000000-42')
    expect(parsePosition('1700000000000-42')).to.deep.equal(position)
  })

  it('is not read from anything else', () => {
    for (const text of [
      '',
      '5',
      '5-',
      '-5',
      '5-1-1',
      '5-1\n',
      ' 5-1',
      '-5-1',
      '1e3-1',
      '9007199254740993-1',
      '5-99999999999999999',
    ]) {
      expect(parsePosition(text), text).to.equal(undefined)
    }
  })

  it('is compared as numbers, by epoch first', () => {
    const sorted = ['1-2', '1-10', '2-0', '10-1'].map((text) => parsePosition(text) ?? { epoch: 0, seq: 0 })
    expect([...sorted].reverse().sort(comparePositions)).to.deep.equal(sorted)
    expect(comparePositions({ epoch: 1, seq: 2 }, { epoch: 1, seq: 2 })).to.equal(0)
  })
})
