import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { BROADCAST } from './broadcast-script.ts'
import { Members } from './fixtures/members.ts'
import { busNames, floorOf, leaseKey, valueKey } from './names.ts'
import type { Publisher } from './publisher.ts'

const HIGHEST = 2n ** 63n - 1n
/** Each sets the floor of all that come before it, whatever the order. */
const orders: readonly (readonly bigint[])[] = [
  [0n],
  [7n, 7n],
  [7n, 8n],
  [8n, 7n],
  [9n, 10n],
  [10n, 9n],
  [2n ** 53n + 1n, 2n ** 53n],
  [2n ** 53n, 2n ** 53n + 1n],
  [HIGHEST, 1n, HIGHEST - 1n],
]

interface Place {
  readonly publisher: Publisher
  /** One command on the server of this key. */
  at(key: string, ...command: string[]): Promise<unknown>
}

describe('The floor of a key that was bumped', () => {
  let members: Members
  beforeEach(() => {
    members = new Members()
  })
  afterEach(() => members.close())

  describe('beside the log', () => {
    let redis: RedisServer
    before(async () => {
      redis = await startRedis()
    })
    after(() => redis.stop())
    const place = (): Place => ({
      publisher: members.publisher({ redis: redis.url }),
      at: (_, ...command) => redis.command(...command),
    })
    keepsFloors(place)

    it('is raised by the script for other languages in the same way, with zeros in front or without', async () => {
      const { log, meta, tags } = busNames(members.name)
      const bump = (...versions: string[]) =>
        redis.command('EVAL', BROADCAST.source, '3', log, meta, tags, 'id', 'test', 'bump', 'r', ...versions)
      await bump('x', '0010', '', '000', '}{', '9')
      await bump('x', '9', '', '0', '}{', '9223372036854775807')
      const floors = ['x', '', '}{'].map((key) => redis.command('GET', floorOf(valueKey(members.name, 'r', key))))
      expect(await Promise.all(floors)).to.deep.equal(['10', '0', '9223372036854775807'])
      expect(await redis.command('PTTL', floorOf(valueKey(members.name, 'r', 'x')))).to.be.within(500_000, 600_000)
    })

    it('is kept when Redis is full, since a lagging load must not be believed then either', async () => {
      const { publisher, at } = place()
      await publisher.clear(['other'])
      await redis.command('CONFIG', 'SET', 'maxmemory', '1')
      try {
        await publisher.bump({ region: 'r', versions: { x: 7 } })
      } finally {
        await redis.command('CONFIG', 'SET', 'maxmemory', '0')
      }
      const floor = floorOf(valueKey(members.name, 'r', 'x'))
      expect(await at(floor, 'GET', floor)).to.equal('7')
    })
  })

  describe('in Redis Cluster', function () {
    this.timeout(60_000)
    let cluster: RedisCluster
    let client: Cluster
    before(async () => {
      cluster = await startRedisCluster(3)
    })
    after(() => cluster.stop())
    beforeEach(() => {
      const { host = '', port = 0 } = cluster.shards[0] ?? {}
      client = new Cluster([{ host, port }], { lazyConnect: true })
    })
    afterEach(() => client.disconnect())
    keepsFloors(() => ({
      publisher: members.publisher({ redis: client }),
      at: async (key, ...command) => (await cluster.shardOf(key)).command(...command),
    }))
  })

  describe('on a server of values', () => {
    let log: RedisServer
    let values: RedisServer
    before(async () => {
      log = await startRedis()
      values = await startRedis()
    })
    after(() => Promise.all([log.stop(), values.stop()]))
    keepsFloors(() => ({
      publisher: members.publisher({ redis: log.url, valueServers: { values: values.url } }),
      at: (_, ...command) => values.command(...command),
    }))
  })

  function keepsFloors(place: () => Place): void {
    it('is the highest version of all, in whatever order they come', async () => {
      const { publisher, at } = place()
      for (const [n, versions] of orders.entries()) {
        const floor = floorOf(valueKey(members.name, 'r', `${n}`))
        for (const version of versions) {
          await publisher.bump({ region: 'r', versions: new Map([[`${n}`, version]]) })
        }
        const highest = versions.toSorted((a, b) => (a < b ? 1 : -1))[0]
        expect(await at(floor, 'GET', floor), versions.join()).to.equal(`${highest}`)
        expect(await at(floor, 'PTTL', floor)).to.be.within(500_000, 600_000)
      }
    })

    it('is raised for each of the keys that one message names, of which nothing else stays', async () => {
      const { publisher, at } = place()
      const keys = ['', 'x', '}{', 'ключ', ...Array.from({ length: 100 }, (_, n) => `${n}`)]
      for (const key of keys) {
        const value = valueKey(members.name, 'r', key)
        await at(value, 'SET', value, 'old')
        await at(value, 'SET', leaseKey(members.name, 'r', key), 'lease')
      }
      const versions = new Map(keys.map((key, n) => [key, n]))
      await publisher.bump({ region: 'r', versions })
      for (const [key, version] of versions) {
        const value = valueKey(members.name, 'r', key)
        expect(await at(value, 'GET', floorOf(value))).to.equal(`${version}`)
        expect(await at(value, 'EXISTS', value, leaseKey(members.name, 'r', key))).to.equal(0)
      }
    })

    it('takes the place of what is none of ours', async () => {
      const { publisher, at } = place()
      for (const nonsense of [
        ['SET', 'no number'],
        ['SET', '99999999999999999999'],
        ['SET', ''],
        ['SADD', '9'],
      ]) {
        const [command = '', content = ''] = nonsense
        const floor = floorOf(valueKey(members.name, 'r', 'x'))
        await at(floor, 'DEL', floor)
        await at(floor, command, floor, content)
        await publisher.bump({ region: 'r', versions: { x: 7 } })
        expect(await at(floor, 'GET', floor), content).to.equal('7')
      }
    })

    it('is left alone by an invalidation', async () => {
      const { publisher, at } = place()
      const floor = floorOf(valueKey(members.name, 'r', 'x'))
      await publisher.bump({ region: 'r', versions: { x: 7 } })
      await publisher.invalidate({ region: 'r', keys: ['x', 'y'] })
      expect(await at(floor, 'GET', floor)).to.equal('7')
      const other = floorOf(valueKey(members.name, 'r', 'y'))
      expect(await at(other, 'EXISTS', other)).to.equal(0)
    })
  }
})
