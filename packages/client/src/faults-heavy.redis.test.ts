import { createPublisher, valueKey } from '@rescind/bus'
import {
  Closing,
  eventually,
  type RedisCluster,
  type RedisServer,
  type SlotMigration,
  startRedis,
  startRedisCluster,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'

describe('A cache under heavy reads, or while a slot moves,', function () {
  this.timeout(40_000)
  let closing: Closing

  beforeEach(() => {
    closing = new Closing()
  })
  afterEach(() => closing.all())

  it('reads 1,000 values of 50 KB from L2 at once and keeps its subscription, for which so much would be too much', async () => {
    const redis = await startRedis()
    closing.add({ close: () => redis.stop() })
    let loads = 0
    const join = async () => {
      const cache = closing.add(createCache({ name: 'test', redis: redis.url, redisTimeout: '5s' }))
      const load = (id: string) => {
        loads += 1
        return id.padEnd(50 * 1024)
      }
      expect(await cache.start()).to.equal(true)
      return { cache, region: cache.region('r', { load }) }
    }
    const [a, b] = [await join(), await join()]
    const ids = Array.from({ length: 1_000 }, (_, n) => `id-${n}`)
    for (const id of ids) await a.region.get(id)
    await eventually(async () => expect(await redis.command('EXISTS', valueKey('test', 'r', 'id-999'))).to.equal(1))
    await b.region.getMany(ids)
    expect(b.cache.stats().total).to.include({ l2Errors: 0, l2Hits: ids.length })
    expect(loads).to.equal(ids.length)
  })

  describe('on a cluster with a slot on its way to another shard,', () => {
    let cluster: RedisCluster
    let target: Cluster
    let home: RedisServer
    let id: string
    let migration: SlotMigration

    beforeEach(async () => {
      cluster = await startRedisCluster(2)
      closing.add({ close: () => cluster.stop() })
      target = new Cluster([{ host: '127.0.0.1', port: cluster.shards[0]?.port ?? 0 }], { lazyConnect: true })
      closing.add({ close: async () => target.disconnect() })
      home = await cluster.shardOf('{test}:log')
      for (let n = 0; ; n += 1) {
        id = `${n}`
        if ((await cluster.shardOf(valueKey('test', 'r', id))) !== home) break
      }
      migration = await cluster.migration(valueKey('test', 'r', id), home)
    })

    const join = async () => {
      const cache = closing.add(createCache({ name: 'test', redis: target, redisTimeout: '500ms' }))
      expect(await cache.start()).to.equal(true)
      return { cache, region: cache.region('r', { load: () => 1 }) }
    }

    it('acknowledges an invalidation of a key in that slot, whose value is there and whose lease is not', async () => {
      const { region } = await join()
      expect(await region.get(id)).to.equal(1)
      const source = await cluster.shardOf(valueKey('test', 'r', id))
      await eventually(async () => expect(await source.command('EXISTS', valueKey('test', 'r', id))).to.equal(1))
      const publisher = closing.add(createPublisher({ name: 'test', redis: target }))
      await migration.begin()
      await publisher.invalidate({ region: 'r', keys: [id] })
    })

    it('leaves no lease behind that a read asked for meanwhile and gave up', async () => {
      const { region } = await join()
      expect(await region.get(id)).to.equal(1)
      const source = await cluster.shardOf(valueKey('test', 'r', id))
      await eventually(async () => expect(await source.command('EXISTS', valueKey('test', 'r', id))).to.equal(1))
      await migration.begin()
      const early = await join()
      expect(await early.region.get(id)).to.equal(1)
      await migration.moveKeys()
      await migration.end()
      const late = await join()
      const beganAt = performance.now()
      expect(await late.region.get(id)).to.equal(1)
      expect(performance.now() - beganAt, 'waited for nobody').to.be.below(1_000)
    })
  })
})
