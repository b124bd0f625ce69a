import { rejection } from '@rescind/faults/internal'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { redisCli } from './redis-cli.ts'
import { startRedis } from './redis-server.ts'

const { PATH, RESCIND_REDIS_SERVER } = process.env

describe('redisCli', () => {
  afterEach(() => {
    process.env['PATH'] = PATH
    process.env['RESCIND_REDIS_SERVER'] = RESCIND_REDIS_SERVER ?? ''
  })

  it('prints what the server answers, and passes its input on', async () => {
    await using redis = await startRedis()
    expect(await redisCli(redis, ['-x', 'SET', 'text'], 'several\nlines')).to.equal('OK')
    expect(await redisCli(redis, ['GET', 'text'])).to.equal('several\nlines')
  })

  it('rejects with the error reply', async () => {
    await using redis = await startRedis()
    expect((await rejection(redisCli(redis, ['NONSENSE']))).message).to.match(/ended with 1: ERR unknown command/)
  })

  it('is looked for next to the server that was named, and then on the PATH', async () => {
    await using redis = await startRedis()
    process.env['RESCIND_REDIS_SERVER'] = '/nowhere/redis-server'
    expect(await redisCli(redis, ['PING'])).to.equal('PONG')
    process.env['PATH'] = '/nowhere'
    const missing = await rejection(redisCli(redis, ['PING']))
    expect(missing.message).to.match(/There is no \/nowhere\/redis-cli and .* no redis-cli and .*: install it/)
  })
})
