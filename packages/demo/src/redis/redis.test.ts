import { expect } from 'chai'
import { describe, it } from 'mocha'
import { UsageError } from '../options.ts'
import { parseRedisUrl, redisUrlVia } from './redis.ts'

describe('parseRedisUrl', () => {
  it('finds host and port, and knows the usual port', () => {
    expect(parseRedisUrl('redis://:secret@cache.local:6380/2')).to.deep.equal({ host: 'cache.local', port: 6380 })
    expect(parseRedisUrl('redis://localhost')).to.deep.equal({ host: 'localhost', port: 6379 })
    expect(parseRedisUrl('redis://[::1]:7000')).to.deep.equal({ host: '::1', port: 7000 })
  })

  it('refuses what cannot go through the fault proxy', () => {
    for (const url of ['rediss://localhost', 'localhost:6379', '/run/redis.sock', 'redis://']) {
      expect(() => parseRedisUrl(url), url).to.throw(UsageError, 'REDIS_URL must be')
    }
  })
})

describe('redisUrlVia', () => {
  it('keeps user, password and database', () => {
    const via = redisUrlVia('redis://me:secret@cache.local:6380/2', { host: '127.0.0.1', port: 12345 })
    expect(via).to.equal('redis://me:secret@127.0.0.1:12345/2')
  })
})
