import { rejection } from '@rescind/faults/internal'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type RedisCluster, startRedisCluster } from './redis-cluster.ts'
import { caughtUp, cutReplica } from './redis-replica.ts'
import type { RedisServer } from './redis-server.ts'

describe('startRedisCluster', function () {
  this.timeout(40_000)
  let cluster: RedisCluster

  before(async () => {
    cluster = await startRedisCluster(3)
  })
  after(() => cluster.stop())

  /** A shard that does not serve the key. */
  const another = async (key: string): Promise<RedisServer> => {
    const home = await cluster.shardOf(key)
    return cluster.shards.find((shard) => shard !== home) ?? home
  }

  it('names the shard that serves a key', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      const shard = await cluster.shardOf(key)
      expect(await shard.command('SET', key, 'value')).to.equal('OK')
    }
  })

  it('takes a slot to another shard step by step, with its keys', async () => {
    const [source, target] = [await cluster.shardOf('{m}'), await another('{m}')]
    for (const key of ['{m}:1', '{m}:2', '{m}:3']) await source.command('SET', key, key)
    const migration = await cluster.migration('{m}', target)
    await migration.begin()
    expect(await migration.moveKeys('{m}:1')).to.equal(1)
    expect((await rejection(source.command('GET', '{m}:1'))).message).to.match(/^ASK/)
    expect((await rejection(source.command('MGET', '{m}:1', '{m}:2'))).message).to.match(/^TRYAGAIN/)
    expect((await rejection(target.command('GET', '{m}:1'))).message).to.match(/^MOVED/)
    expect(await cluster.shardOf('{m}')).to.equal(source)
    expect(await migration.moveKeys()).to.equal(2)
    await migration.end()
    expect(await cluster.shardOf('{m}')).to.equal(target)
    expect(await target.command('MGET', '{m}:1', '{m}:3')).to.deep.equal(['{m}:1', '{m}:3'])
    expect((await rejection(source.command('GET', '{m}:2'))).message).to.match(/^MOVED/)
  })

  it('promotes a replica that lacks what was written after it was cut off', async () => {
    await using cluster = await startRedisCluster(2)
    const primary = await cluster.shardOf('x')
    await primary.command('SET', 'x', 'old')
    const replica = await cluster.addReplica(primary)
    await caughtUp(primary, replica)
    await cutReplica(primary, replica)
    await primary.command('SET', 'x', 'new')
    await primary.kill()
    replica.resume()
    await cluster.promote(replica)
    expect(await cluster.shardOf('x')).to.equal(replica)
    expect(await replica.command('GET', 'x')).to.equal('old')
    expect(await replica.command('SET', 'x', 'newer')).to.equal('OK')
  })
})
