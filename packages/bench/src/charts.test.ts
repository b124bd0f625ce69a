import { expect } from 'chai'
import { describe, it } from 'mocha'
import { renderBars } from './bar-chart.ts'
import { compare } from './line.ts'
import { renderSvg } from './svg-chart.ts'

const lag = { name: 'lag.median', unit: 'ms', better: 'lower', ours: 0.5 } as const
const lines = [
  compare({ ...lag, peer: 'naive', theirs: 0.25 }),
  compare({ ...lag, peer: 'a < b', theirs: 1 }),
  compare({ name: 'faults', unit: 'keys', better: 'lower', ours: 0, peer: 'naive', theirs: 0 }),
  compare({ name: 'rate', unit: 'calls/s', better: 'higher', ours: 8_000, peer: 'naive', theirs: Number.NaN }),
]

describe('renderBars', () => {
  it('draws each figure once for each, as long as it is of the largest, and nothing where all is nothing', () => {
    expect(renderBars(lines)).to.equal(
      [
        'lag.median, ms, lower is better',
        `  rescind ${'█'.repeat(20)} 0.500`,
        `  naive   ${'█'.repeat(10)} 0.250`,
        `  a < b   ${'█'.repeat(40)} 1.00`,
        '',
        'faults, keys, lower is better',
        '  rescind 0.000',
        '  naive   0.000',
        '',
        'rate, calls/s, higher is better',
        `  rescind ${'█'.repeat(40)} 8,000`,
        '  naive   NaN',
        '',
      ].join('\n'),
    )
  })

  it('tells apart what differs by less than a cell', () => {
    const close = compare({ ...lag, ours: 319, peer: 'naive', theirs: 320 })
    expect(renderBars([close])).to.include(`rescind ${'█'.repeat(39)}▉ 319\n`)
  })
})

describe('renderSvg', () => {
  it('draws the same as a picture, with whatever a name holds', () => {
    const svg = renderSvg(lines)
    expect(svg.match(/<rect /g)).to.have.length(7)
    expect(svg.match(/class="ours"/g)).to.have.length(3)
    expect(svg).to.include('a &lt; b').and.not.to.include('a < b')
    expect(svg).to.include('width="190.0"').and.to.include('width="95.0"').and.to.include('width="380.0"')
    expect(svg).not.to.include('width="NaN"')
  })
})
