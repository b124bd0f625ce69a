import { setTimeout as pause } from 'node:timers/promises'
import { type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { taggingPeers } from './tagging-peer.ts'

describe('taggingPeers', () => {
  let redis: RedisServer

  before(async () => {
    redis = await startRedis()
  })

  after(() => redis.stop())

  for (const [name, open] of Object.entries(taggingPeers)) {
    it(`${name} loads a value again when one of its tags was invalidated, and no other`, async () => {
      const peer = await open(redis.url)
      let loads = 0
      const load = () => {
        loads += 1
        return loads
      }
      try {
        expect(await peer.read('a', ['one', 'two'], load)).to.equal(1)
        expect(await peer.read('b', ['three'], load)).to.equal(2)
        expect(await peer.read('a', ['one', 'two'], load)).to.equal(1)
        // What is loaded within the millisecond of an invalidation may count as older.
        await pause(2)
        await peer.invalidate('two')
        await pause(2)
        expect(await peer.read('a', ['one', 'two'], load)).to.equal(3)
        expect(await peer.read('b', ['three'], load)).to.equal(2)
      } finally {
        await peer.close()
      }
    })
  }
})
