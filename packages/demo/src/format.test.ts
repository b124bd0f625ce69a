import { expect } from 'chai'
import { describe, it } from 'mocha'
import { formatCount, formatMs, formatPrice, formatSeconds } from './format.ts'

describe('the formats', () => {
  it('keep the digits that matter', () => {
    expect([0.2149, 3.456, 45.67, 1234.5].map(formatMs)).to.deep.equal(['0.21', '3.46', '45.7', '1235'])
    expect(formatCount(1234567)).to.equal('1,234,567')
    expect(formatPrice(1905)).to.equal('19.05')
    expect(formatSeconds(6_249)).to.equal('6.2 s')
  })
})
