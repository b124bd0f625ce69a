import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { plainPaint } from './paint.ts'
import { Screen } from './screen.ts'

function screen(isTTY: boolean) {
  const written: string[] = []
  return { written, screen: new Screen({ isTTY, write: (text) => written.push(text) }, plainPaint) }
}

describe('Screen', () => {
  it('sets a table in, between empty lines', () => {
    const { written, screen: page } = screen(false)
    page.table([{ title: 'ms', align: 'right' }], [['1.2']])
    expect(written.join('')).to.equal('\n     ms\n    ───\n    1.2\n\n')
  })

  it('writes the progress of work once, at the end, where lines cannot be rewritten', () => {
    const { written, screen: page } = screen(false)
    const progress = page.progress('Prices change', 500)
    progress.at(250)
    expect(written).to.deep.equal([])
    progress.end('500 of them')
    expect(written.join('')).to.match(/^ {4}Prices change: 500 of them \(\d\.\d s\)\n$/)
  })

  it('rewrites one line on a terminal, but not for every single step', () => {
    const { written, screen: page } = screen(true)
    const progress = page.progress('Prices change', 500)
    for (let done = 1; done <= 500; done++) progress.at(done)
    progress.end('500 of them')
    expect(written.length).to.be.below(20)
    const lines = stripVTControlCharacters(written.join('')).split('\r')
    expect(lines[0]).to.equal('    Prices change … ')
    expect(lines.at(-1)).to.match(/^ {4}Prices change: 500 of them \(\d\.\d s\)\n$/)
  })
})
