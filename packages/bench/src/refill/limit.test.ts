import { expect } from 'chai'
import { describe, it } from 'mocha'
import { limit } from './limit.ts'

describe('limit', () => {
  it('runs as many tasks at a time as there is room for, in turn, whether or not they succeed', async () => {
    const room = limit(2)
    const began: number[] = []
    let running = 0
    let most = 0
    const tasks = Array.from({ length: 6 }, (_, n) =>
      room(async () => {
        began.push(n)
        running += 1
        most = Math.max(most, running)
        await new Promise(setImmediate)
        running -= 1
        if (n % 2 === 1) throw new Error(`${n}`)
        return n
      }),
    )
    const settled = await Promise.allSettled(tasks)
    expect(settled.map(({ status }) => status === 'fulfilled')).to.deep.equal([true, false, true, false, true, false])
    expect({ began, most }).to.deep.equal({ began: [0, 1, 2, 3, 4, 5], most: 2 })
  })
})
