import { expect } from 'chai'
import { describe, it } from 'mocha'
import { CheckFailed, Checks } from './checks.ts'
import { plainPaint } from './paint.ts'
import { Screen } from './screen.ts'

function checks() {
  const written: string[] = []
  return { written, checks: new Checks(new Screen({ write: (text) => written.push(text) }, plainPaint)) }
}

describe('Checks', () => {
  it('writes a claim down once it held', () => {
    const { written, checks: claims } = checks()
    claims.equal('one query in total', 1, 1)
    expect(written).to.deep.equal(['    ✓ one query in total\n'])
    expect(claims.passed).to.equal(1)
  })

  it('throws the claim with what was seen when it did not hold', () => {
    const { written, checks: claims } = checks()
    expect(() => claims.equal('one query in total', 2, 1)).to.throw(
      CheckFailed,
      /one query in total\s+seen: 2, expected 1/,
    )
    expect(written).to.deep.equal([])
    expect(claims.passed).to.equal(0)
  })
})
