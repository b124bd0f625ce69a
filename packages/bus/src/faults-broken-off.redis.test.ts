import { fileURLToPath } from 'node:url'
import { eventually, freePort, type RedisCluster, spawnNode, startRedis, startRedisCluster } from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { ClosingScene, handles } from './fixtures/closing-scene.ts'
import { busNames } from './names.ts'

describe('A bus on a cluster is closed at awkward moments and leaves nothing open', function () {
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

  it('in the turn in which it was started, and a little later', async () => {
    for (const turns of Array.from({ length: 40 }, (_, n) => n)) {
      const member = scene.create(target, '10s')
      const started = member.bus.start()
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      await scene.closes(member)
      expect(await started).to.be.a('boolean')
    }
  })

  it('while it connects to a cluster that is frozen', async () => {
    const member = scene.create(target, '10s')
    for (const shard of cluster.shards) shard.pause()
    member.bus.begin()
    await eventually(() => expect(handles()).to.include('TCPSocketWrap'))
    await scene.closes(member)
  })

  it('while a shard is frozen that has only values, with their removal under way', async () => {
    const member = scene.create(target, '10s')
    await member.bus.start()
    const shard = await home()
    for (const other of cluster.shards) {
      if (other !== shard) other.pause()
    }
    const lost = member.bus.invalidate({ region: 'r', keys: Array.from({ length: 20 }, (_, n) => `${n}`) })
    const failed = lost.catch((error: unknown) => error)
    await scene.closes(member)
    expect(await failed).to.have.property('code', 'RESCIND_PUBLISH_FAILED')
  })
})

describe('A bus over TLS', () => {
  const tls = (name: string) => fileURLToPath(new URL(`../src/fixtures/tls/${name}.pem`, import.meta.url))

  it('survives that it is closed while it shakes hands with a server whose certificate it cannot check', async () => {
    const port = await freePort()
    const files = ['--tls-cert-file', tls('cert'), '--tls-key-file', tls('key'), '--tls-ca-cert-file', tls('cert')]
    await using _secure = await startRedis({ args: ['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files] })
    await using child = await spawnNode(new URL('./fixtures/member-child.js', import.meta.url))
    // An uncaught error ends the child, and with it the call.
    for (let round = 0; round < 30; round += 1) await child.call('comeAndGo', 'test', `rediss://localhost:${port}`, 20)
  })
})
