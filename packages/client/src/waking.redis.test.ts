import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { HeldLoads } from './fixtures/held-loads.ts'
import { RegionNode } from './fixtures/region-node.ts'

describe('Those who wait for the load of another process', () => {
  const closing = new Closing()
  let server: RedisServer
  let timers: SinonFakeTimers | undefined

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => server.command('FLUSHALL'))

  afterEach(async () => {
    timers?.restore()
    await closing.all()
  })

  after(() => server.stop())

  /** Two processes' worth of caches that wait for the load of a third, and no timer that goes off. */
  async function setUp() {
    const loads = new HeldLoads<string>()
    const options = { load: loads.load, leaseWait: '60s', leaseTtl: '60s', loadTimeout: '60s' } as const
    const connect = async () =>
      closing.add(await new RegionNode<string>({ name: 'test', redis: server.url }, options).start())
    const [holder, ...waiters] = [await connect(), await connect(), await connect()]
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const first = holder.region.get('a')
    const load = await loads.call(0)
    const reads = waiters.map(({ region }) => region.get('a'))
    while (waiters.some(({ node }) => node.wakes.size === 0)) await new Promise(setImmediate)
    return { holder, first, load, waiters, reads, loads }
  }

  it('are woken by the fill, and need not look again by themselves', async () => {
    const { load, first, waiters, reads } = await setUp()
    load.resolve('value')
    expect(await Promise.all([first, ...reads])).to.deep.equal(['value', 'value', 'value'])
    expect(waiters.map(({ region }) => region.stats)).to.satisfy((all: { loads: number; leaseWaits: number }[]) =>
      all.every(({ loads, leaseWaits }) => loads === 0 && leaseWaits === 1),
    )
  })

  it('are woken when the load fails, and one of them takes over', async () => {
    const { load, first, reads, loads } = await setUp()
    load.reject(new Error('no'))
    expect(String(await first.catch((error: unknown) => error))).to.equal('Error: no')
    const second = await loads.call(1)
    second.resolve('value of the second')
    expect(await Promise.all(reads)).to.deep.equal(['value of the second', 'value of the second'])
    expect(loads.calls.length).to.equal(2)
  })

  it('are woken by an invalidation, which ends the lease, and do not wait for the doomed load', async () => {
    const { load, first, waiters, reads, loads } = await setUp()
    await waiters[0]?.region.invalidate('a')
    // Neither of the two may be cached any more, so each has a load of its own.
    for (const index of [1, 2]) (await loads.call(index)).resolve('new')
    expect(await Promise.all(reads)).to.deep.equal(['new', 'new'])
    load.resolve('old')
    expect(await first).to.equal('old')
  })

  it('cost nothing where nobody waits: a fill that is not awaited wakes nobody', async () => {
    const node = closing.add(
      await new RegionNode<string>({ name: 'test', redis: server.url }, { load: async () => 'value' }).start(),
    )
    await server.command('CONFIG', 'RESETSTAT')
    await node.region.get('a')
    await node.node.errands.drain()
    expect(String(await server.command('INFO', 'commandstats'))).not.to.include('cmdstat_publish')
    timers = undefined
    await eventually(() => expect(node.region.stats.loads).to.equal(1))
  })
})
