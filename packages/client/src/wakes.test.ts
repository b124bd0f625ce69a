import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { Wakes } from './wakes.ts'

describe('Wakes', () => {
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })

  afterEach(() => clock.restore())

  it('end the waits for a key at once, and leave nothing behind', async () => {
    const wakes = new Wakes()
    const woken: string[] = []
    const waits = [wakes.wait('a', 1_000), wakes.wait('a', 2_000)].map((wait) => wait.then(() => woken.push('a')))
    const other = wakes.wait('b', 1_000).then(() => woken.push('b'))
    wakes.wake('nobody waits for this')
    wakes.wake('a')
    await Promise.all(waits)
    expect([woken, wakes.size, clock.countTimers()]).to.deep.equal([['a', 'a'], 1, 1])
    wakes.wake('b')
    await other
    expect([wakes.size, clock.countTimers()]).to.deep.equal([0, 0])
  })

  it('let a wait end by itself, each after its own time', async () => {
    const wakes = new Wakes()
    const ended: number[] = []
    const waits = [20, 10].map((ms) => wakes.wait('a', ms).then(() => ended.push(ms)))
    await clock.tickAsync(10)
    expect([ended, wakes.size]).to.deep.equal([[10], 1])
    await clock.tickAsync(10)
    await Promise.all(waits)
    expect([ended, wakes.size]).to.deep.equal([[10, 20], 0])
  })
})
