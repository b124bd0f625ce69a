import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Turns } from './turns.ts'

describe('Turns', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('do one thing in each turn of the event loop, the first at once and the others in order', async () => {
    const turns = new Turns()
    const done: number[] = []
    for (const n of [1, 2, 3]) turns.add(() => done.push(n))
    expect(done).to.deep.equal([1])
    await turn()
    expect(done).to.deep.equal([1, 2])
    await turn()
    expect(done).to.deep.equal([1, 2, 3])
  })

  it('begin at once again when nothing is left', async () => {
    const turns = new Turns()
    const done: number[] = []
    turns.add(() => done.push(1))
    turns.add(() => turns.add(() => done.push(2)))
    await turn()
    await turn()
    await turn()
    expect(done).to.deep.equal([1, 2])
    turns.add(() => done.push(3))
    expect(done).to.deep.equal([1, 2, 3])
  })
})
