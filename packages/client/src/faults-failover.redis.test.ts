import { valueKey } from '@rescind/bus'
import type { Duration } from '@rescind/options'
import {
  Closing,
  caughtUp,
  cutReplica,
  eventually,
  type FaultProxy,
  PROMPT_SYNC,
  type RedisSentinel,
  type RedisServer,
  rejection,
  startProxy,
  startRedis,
  startReplica,
  startSentinel,
} from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type CacheOptions, createCache } from './cache.ts'
import { Watch } from './fixtures/watch.ts'

const B = 400
const name = 'test'

/** The one value of these tests, and the caches that hold it. */
class Scene {
  readonly closing = new Closing()
  version = 1

  async join(redis: NonNullable<CacheOptions['redis']>, publishTimeout: Duration = '5s') {
    const cache = this.closing.add(createCache({ name, redis, maxStaleness: B, redisTimeout: '1s', publishTimeout }))
    const region = cache.region('r', { load: () => this.version })
    await eventually(async () => expect(await cache.start()).to.equal(true), { withinMs: 15_000 })
    return { cache, region, watch: () => this.closing.add(new Watch(() => region.get('a'))) }
  }
}

describe('A cache whose Redis goes back to what an older server knows', () => {
  let scene: Scene
  let primary: RedisServer
  let behind: RedisServer

  beforeEach(async () => {
    scene = new Scene()
    primary = await startRedis({ args: PROMPT_SYNC })
    behind = await startReplica(primary)
  })
  afterEach(async () => {
    await scene.closing.all()
    await Promise.all([behind, primary].map((server) => server.stop()))
  })

  it('trusts nothing for longer than the bound while its server is a replica, and serves nothing older after that', async () => {
    const [reader, writer] = [await scene.join(primary.url), await scene.join(primary.url, '100ms')]
    expect(await reader.region.get('a')).to.equal(1)
    const key = valueKey(name, 'r', 'a')
    await eventually(async () => expect(await primary.command('EXISTS', key)).to.equal(1))
    await caughtUp(primary, behind)
    await behind.command('REPLICAOF', 'NO', 'ONE')
    scene.version = 2
    await writer.region.invalidate('a')
    await eventually(() => expect(reader.region.peek('a')).to.equal(undefined))
    expect(await reader.region.get('a')).to.equal(2)
    const watches = [reader.watch(), writer.watch()]

    await primary.command('REPLICAOF', behind.host, `${behind.port}`)
    const demotedAt = performance.now()
    await caughtUp(behind, primary)
    expect(await primary.command('EXISTS', key), 'the value of version 1 is back').to.equal(1)
    scene.version = 3
    const changedAt = performance.now()
    await rejection(writer.region.invalidate('a'))
    await eventually(() =>
      expect(watches.map((watch) => watch.lastOlderThan(3) < performance.now() - B)).to.deep.equal([true, true]),
    )
    for (const watch of watches) expect(watch.lastOlderThan(3)).to.be.below(changedAt + B)
    expect(reader.cache.stats().proofAgeMs).to.be.above(performance.now() - demotedAt)

    await primary.command('REPLICAOF', 'NO', 'ONE')
    for (const { cache } of [reader, writer]) {
      await eventually(() => expect(cache.stats()).to.include({ status: 'live', flushes: 1, queued: 0 }))
    }
    const newcomer = await scene.join(primary.url)
    expect(await newcomer.region.get('a')).to.equal(3)
    for (const watch of watches) {
      await watch.stop()
      expect(watch.lastOlderThan(2), 'version 1, once version 2 was known').to.equal(Number.NEGATIVE_INFINITY)
      expect(watch.lastOlderThan(3)).to.be.below(changedAt + B)
    }
    const all = [reader, writer, newcomer]
    await eventually(() => expect(new Set(all.map(({ cache }) => cache.stats().position)).size).to.equal(1))
    expect([reader, writer].map(({ cache }) => cache.stats().flushes)).to.deep.equal([1, 1])
  })

  it('serves nothing by proof beyond the bound while its server has too few replicas to take writes', async () => {
    await primary.command('CONFIG', 'SET', 'min-replicas-max-lag', '1')
    await primary.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    const reader = await scene.join(primary.url)
    const loaded = await reader.region.get('a')
    const watch = reader.watch()
    await cutReplica(primary, behind)
    const isolatedAt = performance.now()
    // Somebody else has the other half of the split brain, and writes there.
    scene.version = loaded + 1
    await eventually(() => expect(reader.cache.stats().proofAgeMs).to.be.above(B))
    await eventually(() => expect(watch.lastOlderThan(2)).to.be.below(performance.now() - B))
    expect(reader.region.peek('a')).not.to.equal(loaded)
    expect(watch.lastOlderThan(2)).to.be.below(isolatedAt + B)
    behind.resume()
    await eventually(() => expect(reader.cache.stats()).to.include({ status: 'live', flushes: 0 }), {
      withinMs: 10_000,
    })
    await watch.stop()
    expect(watch.lastOlderThan(2)).to.be.below(isolatedAt + B)
  })
})

describe('A cache behind a Sentinel that promotes a replica which lacks the last write', function () {
  this.timeout(60_000)
  let scene: Scene
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: RedisSentinel
  let link: FaultProxy

  beforeEach(async () => {
    scene = new Scene()
    primary = await startRedis({ args: PROMPT_SYNC })
    replica = await startReplica(primary)
    sentinel = await startSentinel(primary, 1)
    link = await startProxy(primary)
  })
  afterEach(async () => {
    await scene.closing.all()
    await link.close()
    await Promise.all([sentinel, replica, primary].map((server) => server.stop()))
  })

  const target = () => ({ sentinels: [{ host: sentinel.host, port: sentinel.port }], name: sentinel.name })
  /** Reaches the primary over the link, and its successor without. */
  const viaLink = () => ({
    ...target(),
    natMap: { [`${primary.host}:${primary.port}`]: { host: link.host, port: link.port } },
  })

  async function fillL2(region: { get(id: string): Promise<number> }): Promise<void> {
    expect(await region.get('a')).to.equal(1)
    const key = valueKey(name, 'r', 'a')
    await eventually(async () => expect(await primary.command('EXISTS', key)).to.equal(1))
    await caughtUp(primary, replica)
    expect(await replica.command('EXISTS', key)).to.equal(1)
  }

  /** The replica, which has what it had when it was cut off, becomes the primary. */
  async function failOver(): Promise<void> {
    await primary.kill()
    replica.resume()
    await eventually(async () => expect(String(await replica.command('ROLE'))).to.match(/^master/), {
      withinMs: 30_000,
    })
  }

  it('begins one epoch, and serves nothing older to those who had heard of the write', async () => {
    const [reader, writer] = [await scene.join(target()), await scene.join(target())]
    await fillL2(reader.region)
    await fillL2(writer.region)
    await cutReplica(primary, replica)
    scene.version = 2
    await writer.region.invalidate('a')
    await eventually(() => expect(reader.region.peek('a')).to.equal(undefined))
    const watches = [reader.watch(), writer.watch()]
    await failOver()
    for (const { cache } of [reader, writer]) {
      await eventually(() => expect(cache.stats()).to.include({ status: 'live', flushes: 1 }), { withinMs: 10_000 })
    }
    const newcomer = await scene.join(target())
    expect(await newcomer.region.get('a')).to.equal(2)
    await newcomer.region.invalidate('b')
    const all = [reader, writer, newcomer]
    await eventually(() => expect(new Set(all.map(({ cache }) => cache.stats().position)).size).to.equal(1))
    for (const watch of watches) {
      await watch.stop()
      expect(watch.lastOlderThan(2)).to.equal(Number.NEGATIVE_INFINITY)
    }
    expect(all.map(({ cache }) => cache.stats().flushes)).to.deep.equal([1, 1, 0])
  })

  it('serves nothing older than the bound where nobody is left who had heard of the write', async () => {
    const [reader, writer] = [await scene.join(viaLink()), await scene.join(target())]
    expect(link.connections).to.equal(2)
    await fillL2(reader.region)
    expect(await reader.region.get('b')).to.equal(1)
    const watch = reader.watch()
    // The position of the reader is that of the replica: each confirms what the other knows.
    link.refuse()
    link.cut()
    await cutReplica(primary, replica)
    scene.version = 2
    await writer.region.invalidate(['a', 'b'])
    const ackedAt = performance.now()
    await writer.cache.close()
    await failOver()
    await eventually(() => expect(reader.cache.stats()).to.include({ status: 'live', flushes: 1 }), {
      withinMs: 10_000,
    })
    const newcomer = await scene.join(target())
    expect(await newcomer.region.get('a')).to.equal(2)
    expect([await reader.region.get('a'), await reader.region.get('b')]).to.deep.equal([2, 2])
    await watch.stop()
    expect(watch.lastOlderThan(2)).to.be.below(ackedAt + B)
    expect(newcomer.cache.stats().position).to.equal(reader.cache.stats().position)
  })
})
