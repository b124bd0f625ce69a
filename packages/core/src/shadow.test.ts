import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Shadow } from './shadow.ts'
import { POPULARITY, RECENCY } from './tuning.ts'

describe('Shadow', () => {
  it('holds what was asked for, by its tuning', () => {
    const shadow = new Shadow(RECENCY)
    const asked = [1, 2, 3, 1, 4, 1, 2].map((hash) => shadow.ask(hash, 3))
    expect(asked).to.deep.equal([false, false, false, true, false, true, false])
  })

  it('makes room when it is to be smaller', () => {
    const shadow = new Shadow(RECENCY)
    for (const hash of [1, 2, 3, 4]) shadow.ask(hash, 4)
    shadow.ask(5, 2)
    expect([4, 5].map((hash) => shadow.ask(hash, 2))).to.deep.equal([true, true])
    expect(shadow.ask(3, 2)).to.equal(false)
  })

  it('forgets a key, and then has room for another', () => {
    const shadow = new Shadow(RECENCY)
    for (const hash of [1, 2, 3]) shadow.ask(hash, 3)
    shadow.forget(2)
    shadow.forget(9)
    shadow.ask(4, 3)
    expect([1, 3, 4].map((hash) => shadow.ask(hash, 3))).to.deep.equal([true, true, true])
    expect(shadow.ask(2, 3)).to.equal(false)
  })

  it('takes a key that was forgotten for a known one when it comes again', () => {
    const shadow = new Shadow(POPULARITY)
    for (let hash = 1; hash <= 20; hash += 1) shadow.ask(hash, 10)
    shadow.forget(20)
    shadow.ask(20, 10)
    for (let hash = 101; hash <= 130; hash += 1) shadow.ask(hash, 10)
    expect(shadow.ask(20, 10)).to.equal(true)
  })

  it('goes on with the keys that stay', () => {
    const shadow = new Shadow(RECENCY)
    for (const hash of [1, 2, 3, 4]) shadow.ask(hash, 4)
    shadow.thin((hash) => hash % 2 === 0)
    expect([2, 4].map((hash) => shadow.ask(hash, 4))).to.deep.equal([true, true])
    for (const hash of [6, 8]) shadow.ask(hash, 4)
    expect([2, 4, 6, 8, 1].map((hash) => shadow.ask(hash, 5))).to.deep.equal([true, true, true, true, false])
  })
})
