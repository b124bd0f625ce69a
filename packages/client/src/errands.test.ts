import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Errands } from './errands.ts'

describe('Errands', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  function setUp() {
    const errors: Error[] = []
    const errands = new Errands((error) => errors.push(error))
    const drained: string[] = []
    const drain = (name: string) => errands.drain().then(() => drained.push(name))
    return { errands, errors, drain, drained }
  }

  it('are waited for, promises and leases that are given up alike', async () => {
    const { errands, drain, drained } = setUp()
    let end = () => {}
    errands.run(
      new Promise<void>((resolve) => {
        end = resolve
      }),
    )
    const [giver, silent] = [errands.begin(), errands.beginSilently()]
    const draining = drain('first')
    for (const over of [() => giver.given(true), () => silent.failed(new Error('of no interest')), end]) {
      await turn()
      expect(drained).to.deep.equal([])
      over()
    }
    await draining
  })

  it('are waited for no longer than they take, whatever is begun meanwhile', async () => {
    const { errands, drain, drained } = setUp()
    const early = errands.begin()
    const first = drain('first')
    const later = errands.begin()
    const second = drain('second')
    early.given(true)
    await first
    await turn()
    expect(drained).to.deep.equal(['first'])
    later.given(true)
    await second
  })

  it('are waited for by all who wait at the same time', async () => {
    const { errands, drain, drained } = setUp()
    const giver = errands.begin()
    const both = [drain('first'), drain('second')]
    await turn()
    expect(drained).to.deep.equal([])
    giver.given(false)
    await Promise.all(both)
  })

  it('say what goes wrong, unless that has been said', async () => {
    const { errands, errors } = setUp()
    errands.run(Promise.reject('refused'))
    errands.begin().failed(new Error('gone'))
    errands.beginSilently().failed(new Error('said'))
    await errands.drain()
    expect(errors.map(({ message }) => message)).to.have.members(['refused', 'gone'])
  })
})
