import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { checkHistory } from './check-history.ts'
import { createTestCluster, type TestCluster } from './test-cluster.ts'
import type { TestNode } from './test-node.ts'

/** All but `setImmediate`, on which writes of one turn wait for each other. */
const faked = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'hrtime', 'Date'] as const

interface Product {
  readonly version: number
}

describe('createTestCluster', () => {
  let clock: SinonFakeTimers
  let cluster: TestCluster
  let version: number

  beforeEach(async () => {
    clock = useFakeTimers({ now: 1_000_000, toFake: [...faked] })
    version = 1
    cluster = createTestCluster({ nodes: 3, maxStaleness: '5s', heartbeat: '1s' })
    expect(await cluster.start()).to.equal(true)
  })
  afterEach(async () => {
    await Promise.all([cluster.close(), clock.tickAsync(5_000)])
    clock.restore()
  })

  const shelf = ({ cache }: TestNode) => cache.region<Product>('product', { load: async () => ({ version }) })
  const shelves = () => cluster.nodes.map(shelf)
  const held = (regions: readonly ReturnType<typeof shelf>[]) => regions.map((region) => region.peek('42')?.version)
  const readAll = (regions: readonly ReturnType<typeof shelf>[]) =>
    Promise.all(regions.map((region) => region.get('42')))

  it('has caches that hear each other, before the promise of who invalidated resolves', async () => {
    const regions = shelves()
    await readAll(regions)
    expect(held(regions)).to.deep.equal([1, 1, 1])
    await regions[0]?.invalidate('42')
    expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
  })

  it('lets a write service tell them', async () => {
    const regions = shelves()
    await readAll(regions)
    await cluster.publisher().invalidate({ region: 'product', keys: ['42'] })
    expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
  })

  it('isolates a node, which serves what it holds for as long as the bound, and catches up when it is healed', async () => {
    const regions = shelves()
    const [, second] = cluster.nodes
    await readAll(regions)
    second?.isolate()
    version = 2
    await regions[0]?.invalidate('42')
    expect(held(regions)).to.deep.equal([undefined, 1, undefined])
    await clock.tickAsync(4_900)
    expect(held(regions)[1]).to.equal(1)
    await clock.tickAsync(200)
    expect(held(regions)[1]).to.equal(undefined)
    second?.heal()
    await clock.tickAsync(1_000)
    expect(second?.cache.stats()).to.include({ status: 'live', flushes: 0 })
    expect(await readAll(regions)).to.deep.equal([{ version: 2 }, { version: 2 }, { version: 2 }])
  })

  it('keeps what an isolated node writes, and lets it out when it is healed', async () => {
    const regions = shelves()
    const [first] = cluster.nodes
    await readAll(regions)
    first?.isolate()
    const told = rejection(regions[0]?.invalidate('42') ?? Promise.resolve())
    await clock.tickAsync(2_000)
    expect((await told).name).to.equal('PublishTimeoutError')
    expect(held(regions)).to.deep.equal([undefined, 1, 1])
    first?.heal()
    await clock.tickAsync(1_500)
    expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
  })

  it('holds messages back until it is healed, or the next heartbeat finds out', async () => {
    const regions = shelves()
    const [, second] = cluster.nodes
    for (const wait of [async () => second?.heal(), () => clock.tickAsync(1_000)]) {
      await readAll(regions)
      second?.hold()
      await regions[0]?.invalidate('42')
      expect(held(regions)).to.deep.equal([undefined, 1, undefined])
      await wait()
      expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
      second?.heal()
    }
    expect(second?.cache.stats().flushes).to.equal(0)
  })

  it('loses messages, which only the next heartbeat finds out', async () => {
    const regions = shelves()
    const [, second] = cluster.nodes
    await readAll(regions)
    second?.drop()
    await regions[0]?.invalidate('42')
    second?.heal()
    expect(held(regions)).to.deep.equal([undefined, 1, undefined])
    await clock.tickAsync(1_000)
    expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
  })

  it('loses its log, and every node drops what it holds', async () => {
    const regions = shelves()
    await readAll(regions)
    cluster.restart()
    await clock.tickAsync(1_000)
    expect(held(regions)).to.deep.equal([undefined, undefined, undefined])
    expect(cluster.nodes.map(({ cache }) => cache.stats().flushes)).to.deep.equal([1, 1, 1])
  })

  it('takes one more node', async () => {
    const late = cluster.add()
    expect(late.name).to.equal('n4')
    expect(await late.cache.start()).to.equal(true)
    const regions = shelves()
    await readAll(regions)
    await regions[0]?.invalidate('42')
    expect(held(regions)[3]).to.equal(undefined)
  })

  it('confirms, on a strict bus, once an isolated node serves nothing any more', async () => {
    await using strict = createTestCluster({ nodes: 2, strict: true })
    await strict.start()
    const [first, second] = strict.nodes.map(shelf)
    await clock.tickAsync(10_000)
    await Promise.all([first?.get('42'), second?.get('42')])
    strict.nodes[1]?.isolate()
    const confirmed = first?.invalidate('42', { confirm: true }).then(() => second?.peek('42'))
    expect(second?.peek('42')).to.deep.equal({ version: 1 })
    await clock.tickAsync(12_000)
    expect(await confirmed).to.equal(undefined)
    const closed = strict.close()
    await clock.tickAsync(5_000)
    await closed
  })

  it('records what its nodes heard and what was broken, so that the whole can be judged', async () => {
    const regions = shelves()
    const [first, second] = cluster.nodes
    const read = async (index: number) => {
      const [node, region] = [cluster.nodes[index], regions[index]]
      await node?.recorder.get({ key: '42' }, async () => region?.get('42'))
    }
    const write = async () => {
      await first?.recorder.write(async (committed) => {
        version += 1
        committed({ key: '42', version })
        return regions[0]?.invalidate('42')
      })
    }
    await Promise.all([read(0), read(1), read(2)])
    second?.isolate()
    await write()
    await clock.tickAsync(4_000)
    await Promise.all([read(0), read(1), read(2)])
    second?.heal()
    cluster.restart()
    await clock.tickAsync(1_000)
    await Promise.all([read(0), read(1), read(2)])
    const { records } = cluster
    const flushes = records.filter(({ type }) => type === 'flush')
    expect(flushes, 'joined, and once more').to.have.length(6)
    expect(records.filter(({ type }) => type === 'applied')).to.have.length(2)
    const report = checkHistory(records, { maxStalenessMs: 5_000, initialVersion: 1, singleLoads: false })
    expect(report.violations).to.deep.equal([])
    expect(report.staleness?.maxMs).to.be.within(3_999, 4_001)
    const stricter = checkHistory(records, { maxStalenessMs: 3_900, initialVersion: 1, singleLoads: false })
    expect(stricter.violations.map(({ rule }) => rule)).to.deep.equal(['bounded staleness'])
  })

  it('refuses options that it cannot use', () => {
    const create = (options: object) => () => Reflect.apply(createTestCluster, undefined, [options])
    expect(create({ nodes: -1 })).to.throw('nodes must be a whole number from 0')
    expect(create({ redis: 'redis://127.0.0.1' })).to.throw('options must be options among nodes')
    expect(create({ maxStaleness: 1 })).to.throw('maxStaleness must be a duration')
  })
})
