import {
  Closing,
  eventually,
  type RedisCluster,
  type RedisServer,
  startRedis,
  startRedisCluster,
  startSentinel,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

describe('Write-behind on Redis Cluster', function () {
  this.timeout(120_000)
  const closing = new Closing()
  let cluster: RedisCluster
  let desk: Desk

  before(async () => {
    cluster = await startRedisCluster(3)
  })
  after(() => cluster.stop())
  afterEach(() => closing.all())

  it('saves what is written, and shows it at once, in one slot of one shard', async () => {
    const [{ host, port }] = cluster.shards as readonly [RedisServer]
    const client = new Cluster([{ host, port }], { lazyConnect: true })
    closing.add({ close: async () => client.disconnect() })
    desk = new Desk(cluster.shards[0] as RedisServer)
    desk.next()
    closing.add({ close: () => desk.closing.all() })
    const source = new Source()
    const [writer, reader] = [0, 1].map(() => desk.hire(source, { redis: client, connectTimeout: '10s' }))
    source.hold()
    const receipts = await Promise.all(['a', '{b}', ''].map((id) => writer?.behind.set(id, id)))
    for (const id of ['a', '{b}', '']) {
      expect(await reader?.behind.region.get(id, { after: receipts[2]?.token ?? '' })).to.equal(id)
    }
    const shard = await cluster.shardOf(desk.key('queue'))
    expect(await shard.command('HLEN', desk.key('pending'))).to.equal(3)
    source.release()
    await writer?.behind.flush()
    expect([...source.rows.keys()].sort()).to.deep.equal(['', 'a', '{b}'])
  })
})

describe('Write-behind on Redis behind Sentinel', function () {
  this.timeout(60_000)
  const closing = new Closing()
  let primary: RedisServer
  let replica: RedisServer

  beforeEach(async () => {
    primary = await startRedis()
    replica = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] })
    await replica.command('REPLICAOF', primary.host, `${primary.port}`)
  })
  afterEach(async () => {
    await closing.all()
    await Promise.all([primary, replica].map((server) => server.stop()))
  })

  it('goes on with the replica that takes over, which saves what it has', async () => {
    const sentinel = await startSentinel(primary, 1)
    closing.add({ close: () => sentinel.stop() })
    const desk = new Desk(primary)
    desk.next()
    closing.add({ close: () => desk.closing.all() })
    const source = new Source()
    const redis = { sentinels: [{ host: sentinel.host, port: sentinel.port }], name: sentinel.name }
    const { behind } = desk.hire(source, { redis, connectTimeout: '5s', writeTimeout: '30s' })
    source.hold()
    await behind.set('a', 1)
    await eventually(async () => expect(await replica.command('HLEN', desk.key('pending'))).to.equal(1), {
      withinMs: 20_000,
    })
    await primary.kill()
    source.release()
    await eventually(() => behind.set('b', 2), { withinMs: 30_000 })
    await behind.flush()
    expect([...source.rows.values()]).to.have.members([1, 2])
  })
})
