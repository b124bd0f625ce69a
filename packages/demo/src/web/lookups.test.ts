import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Lookups } from './lookups.ts'

describe('Lookups', () => {
  it('calls what L1 holds an l1 answer', () => {
    expect(new Lookups().begin('42', true).source()).to.equal('l1')
  })

  it('calls an answer for which the loader ran a database answer, and an l2 answer otherwise', () => {
    const lookups = new Lookups()
    const [loaded, found] = [lookups.begin('42', false), lookups.begin('43', false)]
    lookups.loading('42')
    expect([loaded.source(), found.source()]).to.deep.equal(['database', 'l2'])
  })

  it('calls a read that found another one under way joined, whatever that one comes to', () => {
    const lookups = new Lookups()
    const first = lookups.begin('42', false)
    const second = lookups.begin('42', false)
    lookups.loading('42')
    expect([first.source(), second.source()]).to.deep.equal(['database', 'joined'])
  })

  it('forgets a read that has ended', () => {
    const lookups = new Lookups()
    const first = lookups.begin('42', false)
    lookups.loading('42')
    first.end()
    expect(lookups.begin('42', false).source()).to.equal('l2')
  })
})
