import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readLayouts } from './layouts.ts'

describe('The layouts that Redis tells', () => {
  const read = (text: string) => readLayouts(Buffer.from(text))

  it('are the current one, and each earlier one with where it ended', () => {
    expect(read('')).to.deep.equal({ current: '', earlier: [] })
    expect(read('a,b')).to.deep.equal({ current: 'a,b', earlier: [] })
    const earlier = [
      { until: 240, text: 'a' },
      { until: 17, text: '' },
    ]
    expect(read('a,b;240 a;17 ')).to.deep.equal({ current: 'a,b', earlier })
    expect(read('a;3 *')?.earlier).to.deep.equal([{ until: 3, text: '*' }])
  })

  it('are none where the log is another one', () => {
    expect(readLayouts(null)).to.equal(undefined)
  })

  it('are refused in any other form', () => {
    for (const reply of ['a;', 'a;b', 'a;-1 b', 'a;1']) {
      expect(() => read(reply), reply).to.throw('Expected a position and a layout')
    }
    expect(() => readLayouts(7)).to.throw('received number')
  })
})
