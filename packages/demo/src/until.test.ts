import { expect } from 'chai'
import { describe, it } from 'mocha'
import { until, WaitTimedOut, within } from './until.ts'

const never = new Promise<never>(() => {})
const { signal } = new AbortController()

describe('until', () => {
  it('asks until there is an answer', async () => {
    let asked = 0
    const probe = () => (++asked === 3 ? 'ready' : undefined)
    expect(await until('the third time', probe, { withinMs: 1000, signal, pollMs: 1 })).to.equal('ready')
  })

  it('says what it waited for, for how long and what went wrong last', async () => {
    const probe = () => Promise.reject(new Error('ECONNREFUSED'))
    const error = await until('web-1 to answer', probe, { withinMs: 10, signal, pollMs: 1 }).catch(String)
    expect(error).to.equal('WaitTimedOut: Waited 10 ms for web-1 to answer: ECONNREFUSED')
  })

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController()
    const waiting = until('nothing', () => undefined, { withinMs: 60_000, signal: controller.signal })
    controller.abort(new Error('Ctrl-C'))
    expect(await waiting.catch((error: unknown) => error)).to.have.property('name', 'AbortError')
  })
})

describe('within', () => {
  it('answers what the promise comes to', async () => {
    expect(await within('an answer', Promise.resolve(42), { withinMs: 1000, signal })).to.equal(42)
  })

  it('says what it waited for when the promise takes too long', async () => {
    const error = await within('the database', never, { withinMs: 5, signal }).catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(WaitTimedOut).with.property('message', 'Waited 5 ms for the database')
  })
})
