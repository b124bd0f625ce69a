import { InvalidArgumentError } from '@rescind/options'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { formatPosition, parsePosition } from './position.ts'
import { formatToken, parseToken } from './token.ts'

const whole = fc.maxSafeNat()
const position = fc.record({ epoch: whole, seq: whole })
const chain = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })

describe('A token', () => {
  it('is the position in base 36 and the beginning of the chain', () => {
    const tail = { position: { epoch: 1_763_000_000_000, seq: 100 }, chain: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b' }
    expect(formatToken(tail)).to.equal('mhwsoi68.2s.9f86d081')
    expect(parseToken('mhwsoi68.2s.9f86d081')).to.deep.equal({ position: tail.position, chain: '9f86d081' })
  })

  it('is read back as it was written, like its position, and survives a URL as it is', () => {
    fc.assert(
      fc.property(position, chain, (place, text) => {
        const token = formatToken({ position: place, chain: text })
        expect(parseToken(token)).to.deep.equal({ position: place, chain: text.slice(0, 8) })
        expect(encodeURIComponent(token)).to.equal(token)
        expect(parsePosition(formatPosition(place))).to.deep.equal(place)
      }),
    )
  })

  it('is not read from anything else', () => {
    for (const text of [
      '',
      'mhwsoi68.2s',
      'mhwsoi68.2s.9f86d08',
      'mhwsoi68.2s.9f86d0811',
      'mhwsoi68.2s.9F86D081',
      'mhwsoi68.2s.9f86d08z',
      'MHWSOI68.2s.9f86d081',
      'mhwsoi68..9f86d081',
      '-1.2s.9f86d081',
      'mhwsoi68.2s.9f86d081\n',
      // Beyond what a number holds exactly.
      'zzzzzzzzzzz.2s.9f86d081',
      'mhwsoi68.zzzzzzzzzzz.9f86d081',
      '1763000000000-100',
      undefined,
      null,
      7,
      ['mhwsoi68.2s.9f86d081'],
    ]) {
      expect(() => parseToken(text as string), String(text)).to.throw(InvalidArgumentError, /^token must be the token/)
    }
  })
})
