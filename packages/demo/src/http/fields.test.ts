import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Fields, readText, UnexpectedShape } from './fields.ts'

describe('Fields', () => {
  const fields = new Fields('stats', { name: 'web-1', queries: 3, live: true, ids: ['1', '2'], lag: { maxMs: 0.4 } })

  it('reads what is there', () => {
    expect(fields.text('name')).to.equal('web-1')
    expect(fields.number('queries')).to.equal(3)
    expect(fields.truth('live')).to.equal(true)
    expect(fields.list('ids', readText)).to.deep.equal(['1', '2'])
    expect(fields.fields('lag').number('maxMs')).to.equal(0.4)
  })

  it('names the field that is not what it should be', () => {
    expect(() => fields.number('name')).to.throw(UnexpectedShape, 'stats.name is no number: "web-1"')
    expect(() => fields.fields('lag').text('minMs')).to.throw(UnexpectedShape, 'stats.lag.minMs is no text: undefined')
  })

  it('refuses what is no object', () => {
    for (const value of [null, [], 'text', undefined]) {
      expect(() => new Fields('stats', value)).to.throw(UnexpectedShape, 'stats is no object')
    }
  })
})
