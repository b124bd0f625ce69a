import { createPublisher, valueKey } from '@rescind/bus'
import {
  Closing,
  caughtUp,
  cutReplica,
  eventually,
  type FaultProxy,
  type RedisCluster,
  type RedisServer,
  startProxy,
  startRedisCluster,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster, type NatMap } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { Watch } from './fixtures/watch.ts'

const B = 1_000

/** The caches of one test, on a bus of its own name, and the source of their values. */
class Scene {
  readonly closing = new Closing()
  readonly name: string
  readonly log: string
  readonly #cluster: RedisCluster
  readonly #versions = new Map<string, number>()

  constructor(cluster: RedisCluster, name: string) {
    this.#cluster = cluster
    this.name = name
    this.log = `{${name}}:log`
  }

  version(id: string): number {
    return this.#versions.get(id) ?? 1
  }

  change(id: string): void {
    this.#versions.set(id, this.version(id) + 1)
  }

  /** A client to duplicate, that asks a shard which will live where the shards are. */
  target(seed = this.#cluster.shards[0], natMap: NatMap = {}): Cluster {
    const target = new Cluster([{ host: seed?.host ?? '', port: seed?.port ?? 0 }], { lazyConnect: true, natMap })
    this.closing.add({ close: async () => target.disconnect() })
    return target
  }

  async join(redis: Cluster) {
    const options = { maxStaleness: B, heartbeat: '50ms', redisTimeout: '500ms', publishTimeout: '10s' } as const
    const cache = this.closing.add(createCache({ name: this.name, redis, ...options }))
    const region = cache.region('r', { load: (id) => this.version(id) })
    await eventually(async () => expect(await cache.start()).to.equal(true), { withinMs: 15_000 })
    return { cache, region, watch: (id: string) => this.closing.add(new Watch(() => region.get(id))) }
  }

  /** An id of which the value is on the shard of the log, or on another one. */
  async idOn(where: 'home' | 'elsewhere'): Promise<string> {
    const home = await this.#cluster.shardOf(this.log)
    for (let n = 0; ; n += 1) {
      const shard = await this.#cluster.shardOf(valueKey(this.name, 'r', `${n}`))
      if ((shard === home) === (where === 'home')) return `${n}`
    }
  }

  async isInL2(id: string): Promise<boolean> {
    const key = valueKey(this.name, 'r', id)
    return (await (await this.#cluster.shardOf(key)).command('EXISTS', key)) === 1
  }
}

describe('A cache on a cluster, one shard of which fails over to a replica that lacks the last write,', function () {
  this.timeout(60_000)
  let cluster: RedisCluster
  let scene: Scene
  let primary: RedisServer
  let replica: RedisServer
  let link: FaultProxy
  let target: Cluster

  beforeEach(async () => {
    cluster = await startRedisCluster(3)
    scene = new Scene(cluster, 'shop')
  })
  afterEach(async () => {
    await scene.closing.all()
    await link.close()
    await cluster.stop()
  })

  async function prepare(key: string): Promise<void> {
    primary = await cluster.shardOf(key)
    replica = await cluster.addReplica(primary)
    link = await startProxy(primary)
    target = scene.target(other())
  }

  const other = () => cluster.shards.find((shard) => shard !== primary)
  const viaLink = () =>
    scene.target(other(), { [`${primary.host}:${primary.port}`]: { host: link.host, port: link.port } })

  async function failOver(): Promise<void> {
    await primary.kill()
    replica.resume()
    await cluster.promote(replica)
  }

  it('the shard of the log: serves nothing older than the bound where nobody is left who had heard of it', async () => {
    await prepare(scene.log)
    const ids = [await scene.idOn('home'), await scene.idOn('elsewhere')]
    const [reader, writer] = [await scene.join(viaLink()), await scene.join(target)]
    await reader.region.getMany(ids)
    for (const id of ids) await eventually(async () => expect(await scene.isInL2(id)).to.equal(true))
    await caughtUp(primary, replica)
    const watch = reader.watch(ids[0] ?? '')
    link.refuse()
    link.cut()
    await cutReplica(primary, replica)
    for (const id of ids) scene.change(id)
    await writer.region.invalidate(ids)
    const ackedAt = performance.now()
    await writer.cache.close()
    await failOver()
    expect(await scene.isInL2(ids[0] ?? ''), 'the old value is back').to.equal(true)
    await eventually(() => expect(reader.cache.stats()).to.include({ status: 'live', flushes: 1 }), {
      withinMs: 10_000,
    })
    const newcomer = await scene.join(target)
    for (const { region } of [newcomer, reader]) {
      expect([...(await region.getMany(ids)).values()]).to.deep.equal([2, 2])
    }
    await watch.stop()
    expect(watch.lastOlderThan(2)).to.be.below(ackedAt + B)
    expect(newcomer.cache.stats().position).to.equal(reader.cache.stats().position)
    expect([reader, newcomer].map(({ cache }) => cache.stats().flushes)).to.deep.equal([1, 0])
  })

  it('a shard of values alone: serves none of what is back, and flushes nothing', async () => {
    const id = await scene.idOn('elsewhere')
    await prepare(valueKey(scene.name, 'r', id))
    const [reader, writer] = [await scene.join(target), await scene.join(target)]
    expect(await reader.region.get(id)).to.equal(1)
    const kept = await scene.idOn('home')
    expect(await reader.region.get(kept)).to.equal(1)
    await eventually(async () => expect(await scene.isInL2(id)).to.equal(true))
    await caughtUp(primary, replica)
    await cutReplica(primary, replica)
    scene.change(id)
    await writer.region.invalidate(id)
    await eventually(() => expect(reader.region.peek(id)).to.equal(undefined))
    const watch = reader.watch(id)
    await failOver()
    expect(await scene.isInL2(id), 'the old value is back').to.equal(true)
    for (const { cache } of [reader, writer]) {
      await eventually(() => expect(cache.stats()).to.include({ status: 'live', flushes: 0 }))
    }
    const newcomer = await scene.join(target)
    expect(await newcomer.region.get(id)).to.equal(2)
    await watch.stop()
    expect(watch.lastOlderThan(2)).to.equal(Number.NEGATIVE_INFINITY)
    expect(reader.region.peek(kept)).to.equal(1)
    scene.change(id)
    await newcomer.region.invalidate(id)
    await eventually(() => expect(reader.region.peek(id)).to.equal(undefined))
    expect(await reader.region.get(id)).to.equal(3)
    expect([reader, writer, newcomer].map(({ cache }) => cache.stats().flushes)).to.deep.equal([0, 0, 0])
  })
})

describe('A cache on a cluster while a slot moves to another shard under load', function () {
  this.timeout(60_000)
  let cluster: RedisCluster
  let scene: Scene
  let run = 0

  before(async () => {
    cluster = await startRedisCluster(3)
  })
  after(() => cluster.stop())
  beforeEach(() => {
    run += 1
    scene = new Scene(cluster, `shop${run}`)
  })
  afterEach(() => scene.closing.all())

  async function migrationOf(key: string) {
    const source = await cluster.shardOf(key)
    const target = cluster.shards.find((shard) => shard !== source) ?? source
    return { target, migration: await cluster.migration(key, target) }
  }

  /** Changes one id after the other, and says so, until it is stopped; how often. */
  function change(ids: readonly string[], invalidate: (id: string) => Promise<unknown>) {
    let changed = 0
    let stopped = false
    const done = (async () => {
      for (; !stopped; changed += 1) {
        const id = ids[changed % ids.length] ?? ''
        scene.change(id)
        await invalidate(id)
      }
    })()
    const stop = async () => {
      stopped = true
      await done
    }
    scene.closing.add({ close: () => stop().catch(() => undefined) })
    return {
      stop,
      get changed() {
        return changed
      },
    }
  }

  it('the slot of the log: no message is lost, and all begin one new epoch at the same tail', async () => {
    const ids = Array.from({ length: 40 }, (_, n) => `id-${n}`)
    const all = [await scene.join(scene.target()), await scene.join(scene.target())]
    const publisher = scene.closing.add(
      createPublisher({ name: scene.name, redis: scene.target(), redisTimeout: '500ms', publishTimeout: '10s' }),
    )
    const watches = all.flatMap((node) => ids.map((id) => node.watch(id)))
    const loads = [
      change(ids.slice(0, 20), (id) => publisher.invalidate({ region: 'r', keys: [id] })),
      ...all.map(({ region }, n) => change(ids.slice(20 + n * 10, 30 + n * 10), (id) => region.invalidate(id))),
    ]
    const [before] = all.map(({ cache }) => cache.stats().position)
    const progress = async () => {
      const from = loads.map(({ changed }) => changed)
      await eventually(() => expect(loads.every(({ changed }, n) => changed >= (from[n] ?? 0) + 20)).to.equal(true), {
        withinMs: 15_000,
      })
    }
    await progress()
    const { target, migration } = await migrationOf(scene.log)
    await migration.begin()
    // One after the other, so that each script has met a log without its epoch, and an epoch without its log.
    await migration.moveKeys(scene.log)
    await migration.moveKeys()
    await migration.end()
    await progress()
    for (const load of loads) await load.stop()
    for (const watch of watches) await watch.stop()
    expect(await cluster.shardOf(scene.log)).to.equal(target)
    await eventually(() => {
      expect(new Set(all.map(({ cache }) => cache.stats().position)).size).to.equal(1)
      expect(all.map(({ cache }) => cache.stats().status)).to.deep.equal(['live', 'live'])
    })
    for (const { region, cache } of all) {
      const stale = ids.filter((id) => ![undefined, scene.version(id)].includes(region.peek(id)))
      expect(stale).to.deep.equal([])
      expect(cache.stats()).to.include({ flushes: 1, queued: 0 })
      expect(cache.stats().position?.split('-')[0]).not.to.equal(before?.split('-')[0])
    }
    const newcomer = await scene.join(scene.target())
    for (const id of ids) expect(await newcomer.region.get(id), id).to.equal(scene.version(id))
  })

  it('a slot of values: reads go on, nothing stale is served, and nobody flushes', async () => {
    const id = await scene.idOn('elsewhere')
    const others = ['x', 'y', 'z']
    const all = [await scene.join(scene.target()), await scene.join(scene.target())]
    const watches = all.flatMap((node) => [id, ...others].map((one) => node.watch(one)))
    const load = change(others, (other) => all[0]?.region.invalidate(other) ?? Promise.resolve())
    await eventually(async () => expect(await scene.isInL2(id)).to.equal(true))
    const { migration } = await migrationOf(valueKey(scene.name, 'r', id))
    await migration.begin()
    const early = await scene.join(scene.target())
    expect(await early.region.get(id)).to.equal(1)
    const begun = load.changed
    await eventually(() => expect(load.changed).to.be.above(begun + 20))
    await migration.moveKeys()
    const moved = load.changed
    await eventually(() => expect(load.changed).to.be.above(moved + 20))
    await migration.end()
    const late = await scene.join(scene.target())
    expect(await late.region.get(id)).to.equal(1)
    scene.change(id)
    await all[1]?.region.invalidate(id)
    const ackedAt = performance.now()
    await eventually(() => expect(all.map(({ region }) => region.peek(id))).to.deep.equal([2, 2]))
    await load.stop()
    for (const watch of watches) await watch.stop()
    expect(Math.max(...watches.map((watch) => watch.lastOlderThan(2)))).to.be.below(ackedAt + B)
    await eventually(() => expect(new Set(all.map(({ cache }) => cache.stats().position)).size).to.equal(1))
    for (const { region, cache } of all) {
      const stale = others.filter((other) => ![undefined, scene.version(other)].includes(region.peek(other)))
      expect(stale).to.deep.equal([])
      expect(cache.stats()).to.include({ flushes: 0, queued: 0 })
    }
  })
})
