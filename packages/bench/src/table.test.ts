import { expect } from 'chai'
import { describe, it } from 'mocha'
import { compare } from './line.ts'
import { renderTable } from './table.ts'

describe('renderTable', () => {
  it('aligns words to the left and numbers to the right', () => {
    const lines = [
      compare({ name: 'lag.median', unit: 'ms', better: 'lower', ours: 0.45, peer: 'naive', theirs: 0.225 }),
      compare({ name: 'rate', unit: 'calls/s', better: 'higher', ours: 9_000, peer: 'naive', theirs: 18_000 }),
    ]
    expect(renderTable(lines)).to.equal(
      [
        'figure       ours  theirs  unit     peer   ours/theirs  better\n',
        'lag.median  0.450   0.225  ms       naive         2.00  lower\n',
        'rate        9,000  18,000  calls/s  naive         0.50  higher\n',
      ].join(''),
    )
  })
})
