import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Renewals } from './renewals.ts'

describe('What L1 has lost a moment ago', () => {
  it('is due once, until the second turn after it was lost', () => {
    const renewals = new Renewals()
    for (const id of ['a', 'b', 'c']) renewals.note(id)
    expect([renewals.isDue('a'), renewals.isDue('a'), renewals.isDue('never')]).to.deep.equal([true, false, false])
    renewals.turn()
    expect([renewals.isDue('b'), renewals.isDue('b')]).to.deep.equal([true, false])
    renewals.turn()
    expect(renewals.isDue('c')).to.equal(false)
  })

  it('is bounded: of very many only the last are remembered', () => {
    const renewals = new Renewals()
    for (let n = 0; n < 10_000; n += 1) renewals.note(`${n}`)
    let due = 0
    for (let n = 0; n < 10_000; n += 1) due += renewals.isDue(`${n}`) ? 1 : 0
    expect(due).to.be.within(1_024, 2_048)
  })

  it('is read again by sixteen at a time, and the rest is left', async () => {
    const renewals = new Renewals()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    for (let n = 0; n < 17; n += 1) renewals.note(`${n}`)
    const reads = Array.from({ length: 16 }, (_, n) => renewals.isDue(`${n}`) && renewals.renew(() => held))
    expect(renewals.isDue('16')).to.equal(false)
    release()
    await Promise.all(reads)
    expect(renewals.isDue('16')).to.equal(true)
    await renewals.renew(() => Promise.reject(new Error('no'))).catch(() => undefined)
    for (let n = 0; n < 16; n += 1) renewals.note(`${n}`)
    const again = Array.from({ length: 16 }, (_, n) => renewals.isDue(`${n}`) && renewals.renew(async () => undefined))
    expect(again).not.to.include(false)
    await Promise.all(again)
  })
})
