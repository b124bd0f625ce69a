import { type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { KeySetTags } from './key-set.ts'
import { serverWork } from './server-work.ts'

/** Keeps the server busy for some milliseconds. */
const busy = "for n = 1, 30000 do redis.call('GET', 'none') end"

describe('serverWork', () => {
  let redis: RedisServer

  before(async () => {
    redis = await startRedis()
  })

  after(() => redis.stop())

  it('is that of a script with all that it calls, once', async () => {
    const us = await serverWork(redis, 'scripts', async () => void (await redis.command('EVAL', busy, '0')))
    const stats = String(await redis.command('INFO', 'commandstats'))
    expect(us).to.equal(Number(/^cmdstat_eval:calls=1,usec=(\d+)/m.exec(stats)?.[1]))
  })

  it('is that of commands where a script of somebody else ran meanwhile', async () => {
    const tags = new KeySetTags(redis.url)
    await tags.fill('many', 2_000)
    const us = await serverWork(redis, 'commands', async () => {
      await redis.command('EVAL', 'return 1', '0')
      await tags.invalidate('many')
    })
    await tags.close()
    const stats = String(await redis.command('INFO', 'commandstats'))
    const usOf = (name: string) => Number(new RegExp(`^cmdstat_${name}:calls=\\d+,usec=(\\d+)`, 'm').exec(stats)?.[1])
    expect(us).to.equal(usOf('unlink') + usOf('smembers'))
  })

  it('is nothing where nothing was done', async () => {
    const nothing = async () => {}
    expect(await serverWork(redis, 'scripts', nothing)).to.equal(0)
    expect(await serverWork(redis, 'commands', nothing)).to.equal(0)
  })
})
