import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Closing } from './closing.ts'

describe('Closing', () => {
  it('undoes the last thing first, and only once', async () => {
    const closing = new Closing()
    const undone: string[] = []
    for (const name of ['redis', 'web']) {
      closing.add(async () => void undone.push(name))
    }
    await Promise.all([closing.close(), closing.close()])
    expect(undone).to.deep.equal(['web', 'redis'])
  })

  it('runs every step though one fails, and then says which failed', async () => {
    const closing = new Closing()
    let undone = false
    closing.add(async () => {
      undone = true
    })
    closing.add(() => Promise.reject(new Error('the web server would not stop')))
    const error = await closing.close().catch((caught: unknown) => caught)
    expect(undone).to.equal(true)
    expect(error).to.be.instanceOf(AggregateError).with.property('message').that.includes('would not stop')
  })
})
