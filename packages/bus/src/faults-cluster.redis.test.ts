import { eventually, type RedisCluster, startRedisCluster } from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import sinon from 'sinon'
import { Members } from './fixtures/members.ts'
import { busNames } from './names.ts'

const PATIENT = { redisTimeout: '5s', publishTimeout: '20s' } as const

describe('A bus on a cluster whose connections fail', function () {
  this.timeout(40_000)
  let cluster: RedisCluster
  let members: Members
  let targets: Cluster[]

  before(async () => {
    cluster = await startRedisCluster(2)
  })
  after(() => cluster.stop())
  beforeEach(() => {
    members = new Members()
    targets = []
  })
  afterEach(async () => {
    sinon.restore()
    await members.close()
    for (const target of targets) target.disconnect()
  })

  const target = (redisOptions: { readonly username?: string; readonly password?: string } = {}) => {
    const [first] = cluster.shards
    const seed = { host: first?.host ?? '', port: first?.port ?? 0 }
    const client = new Cluster([seed], { lazyConnect: true, redisOptions })
    targets.push(client)
    return client
  }

  it('hears each of 1,000 messages once and in order though every member is disconnected 20 times meanwhile', async () => {
    const all = [
      await members.start({ redis: target(), ...PATIENT }),
      await members.start({ redis: target(), ...PATIENT }),
    ]
    const publisher = members.publisher({ redis: target(), ...PATIENT })
    const home = await cluster.shardOf(busNames(members.name).log)
    const { random } = Math
    sinon.stub(Math, 'random').callsFake(() => random() / 50)
    const keys: string[] = []
    for (let kills = 1; kills <= 20; kills += 1) {
      const more = Array.from({ length: 50 }, (_, n) => `${keys.length + n}`)
      keys.push(...more)
      const published = more.map((key) => publisher.invalidate({ region: 'r', keys: [key] }))
      expect(await home.command('CLIENT', 'KILL', 'TYPE', 'pubsub'), 'sharded subscribers').to.equal(2)
      await Promise.all(published)
      for (const { bus, statuses } of all) {
        await eventually(() => {
          expect(statuses.filter((status) => status === 'connecting').length).to.equal(kills + 1)
          expect(bus.status).to.equal('live')
        })
      }
    }
    // Removals of values come first, each from its own shard: the order is that of the log.
    for (const { heard, flushes } of all) {
      await eventually(() => expect(heard.length).to.be.at.least(keys.length))
      expect([...heard].sort()).to.deep.equal([...keys].sort())
      expect(heard).to.deep.equal(all[0]?.heard)
      expect(flushes).to.deep.equal(['joined'])
    }
  })

  it('logs in on every shard as the options of the client say that it was given', async () => {
    for (const shard of cluster.shards) {
      await shard.command('ACL', 'SETUSER', 'member', 'on', '>p@ss', '~*', '&*', '+@all')
      await shard.command('ACL', 'SETUSER', 'default', 'off')
    }
    const login = { username: 'member', password: 'p@ss' }
    const member = await members.start({ redis: target(login), ...PATIENT })
    const keys = Array.from({ length: 20 }, (_, n) => `${n}`)
    await member.bus.invalidate({ region: 'r', keys })
    expect(member.heard).to.deep.equal(keys)
    const stranger = members.create({ redis: target(), connectTimeout: '500ms' })
    expect(await stranger.bus.start()).to.equal(false)
  })
})
