import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ansiPaint, plainPaint } from './paint.ts'
import { type Column, type Row, renderTable } from './table.ts'

const columns: Column[] = [{ title: 'process' }, { title: 'ms', align: 'right' }, { title: 'from' }]
const rows: Row[] = [
  ['web-1', '12.31', { text: 'database', style: 'yellow' }],
  ['web-2', '0.8', { text: 'l2', style: 'cyan' }],
]

describe('renderTable', () => {
  it('aligns words to the left and numbers to the right', () => {
    expect(renderTable(columns, rows, plainPaint)).to.equal(
      [
        'process │    ms │ from\n',
        '────────┼───────┼─────────\n',
        'web-1   │ 12.31 │ database\n',
        'web-2   │   0.8 │ l2\n',
      ].join(''),
    )
  })

  it('does not let colours move the columns', () => {
    const painted = renderTable(columns, rows, ansiPaint)
    expect(painted).to.include('\u001b[33mdatabase\u001b[39m')
    expect(stripVTControlCharacters(painted)).to.equal(renderTable(columns, rows, plainPaint))
  })

  it('shows the head alone when there are no rows', () => {
    expect(renderTable(columns, [], plainPaint)).to.equal('process │ ms │ from\n────────┼────┼─────\n')
  })

  it('refuses a row that does not fit the columns', () => {
    expect(() => renderTable(columns, [['web-1']], plainPaint)).to.throw(RangeError, '1 cells among 3 columns')
  })
})
