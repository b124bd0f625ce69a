import { AssertionError, expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import sinon from 'sinon'
import { eventually } from './eventually.ts'
import { rejection } from './rejection.ts'

describe('eventually', () => {
  afterEach(() => sinon.restore())

  it('runs the assertion until it passes', async () => {
    let attempts = 0
    await eventually(() => expect(++attempts).to.equal(4))
    expect(attempts).to.equal(4)
  })

  it('awaits an assertion that is asynchronous', async () => {
    let attempts = 0
    await eventually(async () => expect(await Promise.resolve(++attempts)).to.equal(3))
    expect(attempts).to.equal(3)
  })

  it('throws what the last attempt threw, with the diff kept and the time waited', async () => {
    let attempts = 0
    const error = await rejection(eventually(() => expect(++attempts).to.equal(-1), { withinMs: 50 }))
    expect(error).to.be.instanceOf(AssertionError).and.to.include({ actual: attempts, expected: -1 })
    expect(error.message).to.match(new RegExp(`^expected ${attempts} to equal -1 \\(waited \\d+ ms\\)$`))
    expect(error.stack).to.include(error.message)
    expect(attempts).to.be.greaterThan(1)
  })

  it('makes one attempt even when there is no time', async () => {
    await eventually(() => {}, { withinMs: 0 })
    const error = await rejection(eventually(() => expect.fail('no'), { withinMs: 0 }))
    expect(error.message).to.match(/^no \(waited/)
  })

  it('gives up on an assertion that does not settle', async () => {
    const error = await rejection(eventually(() => new Promise(() => {}), { withinMs: 30 }))
    expect(error.message).to.match(/^The assertion did not settle \(waited \d+ ms\)$/)
  })

  it('does not leave the late rejection of such an assertion unhandled', async () => {
    let fail = (_error: Error) => {}
    const late = new Promise<never>((_resolve, reject) => {
      fail = reject
    })
    await rejection(eventually(() => late, { withinMs: 30 }))
    fail(new Error('late'))
  })

  it('waits on the real clock while a fake one is installed', async () => {
    sinon.useFakeTimers()
    const error = await rejection(eventually(() => expect.fail('no'), { withinMs: 30 }))
    expect(error.message).to.match(/^no \(waited \d+ ms\)$/)
  })
})
