import {
  cutReplica,
  eventually,
  PROMPT_SYNC,
  type RedisCluster,
  type RedisSentinel,
  type RedisServer,
  startRedis,
  startRedisCluster,
  startReplica,
  startSentinel,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { ClosingScene, handles } from './fixtures/closing-scene.ts'
import { invalidate } from './fixtures/members.ts'
import { busNames } from './names.ts'

/** A second for what is queued, one for a client of ioredis that does not say that it has ended, and some for the machine. */
const DRAIN_AND_END_MS = 2_500

describe('A bus on a cluster is closed and leaves nothing open', function () {
  this.timeout(40_000)
  let cluster: RedisCluster
  let target: Cluster
  let scene: ClosingScene

  before(async () => {
    cluster = await startRedisCluster(3)
  })
  after(() => cluster.stop())
  beforeEach(async () => {
    const [first] = cluster.shards
    target = new Cluster([{ host: first?.host ?? '', port: first?.port ?? 0 }], { lazyConnect: true })
    scene = new ClosingScene()
    await scene.begin()
  })
  afterEach(async () => {
    for (const shard of cluster.shards) shard.resume()
    await scene.members.close()
    target.disconnect()
  })

  const home = () => cluster.shardOf(busNames(scene.members.name).log)

  it('before it was started', () => scene.closes(scene.create(target)))

  it('while it is live', async () => {
    const member = scene.create(target)
    expect(await member.bus.start()).to.equal(true)
    await invalidate(member, 'x')
    await scene.closes(member)
  })

  it('while the shard of its log is frozen, with a message under way', async () => {
    const member = scene.create(target)
    await member.bus.start()
    const shard = await home()
    shard.pause()
    const lost = invalidate(member, 'x').catch((error: unknown) => error)
    await scene.closes(member, DRAIN_AND_END_MS)
    expect(await lost).to.have.property('code', 'RESCIND_PUBLISH_FAILED')
  })

  it('in the turn in which it was started, and a little later', async () => {
    for (const turns of Array.from({ length: 40 }, (_, n) => n)) {
      const member = scene.create(target, '10s')
      const started = member.bus.start()
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      await scene.closes(member)
      expect(await started).to.be.a('boolean')
    }
  })

  for (const connectTimeout of ['2s', '10s'] as const) {
    it(`while it connects, for ${connectTimeout} at most, to a cluster that is frozen`, async () => {
      const member = scene.create(target, connectTimeout)
      for (const shard of cluster.shards) shard.pause()
      member.bus.begin()
      await eventually(() => expect(handles()).to.include('TCPSocketWrap'))
      await scene.closes(member)
    })
  }

  for (const [connectTimeout, withinMs] of [
    ['2s', DRAIN_AND_END_MS],
    ['10s', undefined],
  ] as const) {
    it(`while a shard is frozen that has only values, with their removal under way, where connecting may take ${connectTimeout}`, async () => {
      const member = scene.create(target, connectTimeout)
      await member.bus.start()
      const shard = await home()
      for (const other of cluster.shards) {
        if (other !== shard) other.pause()
      }
      const lost = member.bus.invalidate({ region: 'r', keys: Array.from({ length: 20 }, (_, n) => `${n}`) })
      const failed = lost.catch((error: unknown) => error)
      await scene.closes(member, withinMs)
      expect(await failed).to.have.property('code', 'RESCIND_PUBLISH_FAILED')
    })
  }
})

describe('A bus behind Sentinel is closed and leaves nothing open', function () {
  this.timeout(40_000)
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: RedisSentinel
  let scene: ClosingScene

  before(async () => {
    primary = await startRedis({ args: PROMPT_SYNC })
    replica = await startReplica(primary)
    sentinel = await startSentinel(primary, 1)
  })
  after(() => Promise.all([sentinel, replica, primary].map((server) => server.stop())))
  beforeEach(async () => {
    scene = new ClosingScene()
    await scene.begin()
  })
  afterEach(() => scene.members.close())

  const create = () => scene.create({ sentinels: [{ host: sentinel.host, port: sentinel.port }], name: sentinel.name })

  it('before it was started', () => scene.closes(create()))

  it('while it is live', async () => {
    const member = create()
    expect(await member.bus.start()).to.equal(true)
    await invalidate(member, 'x')
    await scene.closes(member)
  })

  it('in the turn in which it was started, and a little later', async () => {
    for (const turns of [0, 1, 2, 3, 5, 8, 13, 21]) {
      const member = create()
      const started = member.bus.start()
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      await scene.closes(member)
      expect(await started).to.be.a('boolean')
    }
  })

  it('while the primary that Sentinel names is dead, and while its successor is chosen', async () => {
    const [first, second] = [create(), create()]
    await Promise.all([first.bus.start(), second.bus.start()])
    await cutReplica(primary, replica)
    await primary.kill()
    replica.resume()
    await eventually(() => expect(first.bus.status).to.equal('connecting'))
    const third = create()
    third.bus.begin()
    await Promise.all([first.bus.close(), third.bus.close()])
    await eventually(() => expect(second.bus.status).to.equal('live'), { withinMs: 20_000 })
    expect(second.flushes).to.deep.equal(['joined', 'epoch'])
    await scene.closes(second)
  })
})
