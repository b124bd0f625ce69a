import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { Layout } from './layout.ts'
import { LayoutHistory } from './layout-history.ts'
import type { Layouts } from './layouts.ts'
import { valueKey } from './names.ts'

const keys = Array.from({ length: 1_000 }, (_, n) => valueKey('shop', 'r', `${n}`))
const OLD = new Layout('a,b,c')
const NEW = new Layout('a,b,c,d')
const moved = keys.find((key) => OLD.serverOf(key) !== NEW.serverOf(key)) ?? ''
const kept = keys.find((key) => OLD.serverOf(key) === NEW.serverOf(key)) ?? ''

describe('LayoutHistory', () => {
  let now: number
  let history: LayoutHistory
  let asked: boolean[]

  beforeEach(() => {
    now = 0
    asked = []
    history = new LayoutHistory(NEW, () => now)
  })

  /** Answers with these layouts, the current one first. */
  function answer(current: string, earlier: Layouts['earlier'] = []) {
    return history.learn(async (claim) => {
      asked.push(claim)
      return { current, earlier }
    })
  }

  it('covers nothing before it was told', async () => {
    expect(history.covers(kept, 5)).to.equal(false)
    await history.learn(async () => undefined)
    expect(history.covers(kept, 5)).to.equal(false)
    await history.learn(() => Promise.reject(new Error('away')))
    expect(history.covers(kept, 5)).to.equal(false)
    await answer(NEW.text)
    expect(history.covers(kept, 5)).to.equal(true)
  })

  it('is told the same for names in any order', async () => {
    history = new LayoutHistory(new Layout('d,c,b,a'), () => now)
    await answer(NEW.text)
    expect(history.covers(moved, 0)).to.equal(true)
  })

  it('does not cover a key that others remove from elsewhere, at whatever position', async () => {
    await answer(OLD.text)
    expect(history.covers(moved, Number.POSITIVE_INFINITY)).to.equal(false)
    expect(history.covers(kept, 0)).to.equal(true)
  })

  it('covers a key from where on nobody removed it from elsewhere', async () => {
    await answer(NEW.text, [{ until: 7, text: OLD.text }])
    expect([6, 7, 8].map((asOf) => history.covers(moved, asOf))).to.deep.equal([false, true, true])
    expect(history.covers(kept, 0)).to.equal(true)
  })

  it('covers no key of a time when values were removed from beside the log, or by it is not known what', async () => {
    for (const text of ['', '*']) {
      history.forget()
      await answer(NEW.text, [{ until: 7, text }])
      expect([6, 7].map((asOf) => history.covers(kept, asOf))).to.deep.equal([false, true])
    }
  })

  it('asks once for all who want to know, and not again before it is forgotten', async () => {
    await Promise.all([answer(NEW.text), answer(NEW.text)])
    expect(answer(NEW.text)).to.equal(undefined)
    history.forget()
    expect(history.covers(kept, 9)).to.equal(false)
    await answer(NEW.text)
    expect(asked).to.have.lengthOf(2)
  })

  it('does not believe an answer that may be from before a change', async () => {
    let tries = 0
    await history.learn(async () => {
      tries += 1
      if (tries < 3) {
        history.forget()
      }
      return { current: NEW.text, earlier: [] }
    })
    expect(tries).to.equal(3)
    expect(history.covers(moved, 0)).to.equal(true)
    history.forget()
    await history.learn(async () => {
      history.forget()
      return { current: NEW.text, earlier: [] }
    })
    expect(history.covers(moved, 0)).to.equal(false)
  })

  it('claims its own layout at first, and while it is not the current one, once a minute at most', async () => {
    await answer(OLD.text)
    now = 59_000
    expect(answer(OLD.text)).to.equal(undefined)
    history.forget()
    await answer(OLD.text)
    now = 60_000
    await answer(OLD.text)
    now = 61_000
    history.forget()
    await answer(NEW.text)
    now = 200_000
    expect(answer(NEW.text)).to.equal(undefined)
    expect(asked).to.deep.equal([true, false, true, false])
  })
})
