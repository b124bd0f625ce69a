import { createHash } from 'node:crypto'
import { parsePosition } from '@rescind/bus'
import { eventually, rejection, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { describe, it } from 'mocha'
import { RegionNode } from './fixtures/region-node.ts'
import { pack, unpack } from './msgpack-codec.ts'

describe('A stranger who may only publish and subscribe on the channel of a bus', () => {
  it('cannot make its members believe anything, whatever it has heard', async () => {
    const redis = await startRedis()
    await redis.command('ACL', 'SETUSER', 'stranger', 'on', '>secret', '&{shop}:messages', '+publish', '+subscribe')
    const own = { name: 'shop', redis: redis.url, heartbeat: '1s' } as const
    const ears = new RegionNode<string>(own, { load: async () => 'loaded' })
    const stranger = new Redis({
      host: redis.host,
      port: redis.port,
      protocol: 3,
      enableReadyCheck: false,
      username: 'stranger',
      password: 'secret',
    })
    stranger.on('error', () => undefined)
    try {
      const { node, region } = await ears.start()
      const heard: Buffer[] = []
      stranger.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => void heard.push(bytes))
      await stranger.subscribe('{shop}:messages')
      await region.invalidate('another')
      await region.invalidate('x')
      await eventually(() => expect(heard).to.have.length(2))
      await region.get('x')
      const [, position, , chain, id, message] = unpack(heard[1] ?? Buffer.of()) as [
        number,
        string,
        string,
        string,
        string,
        unknown,
      ]
      const { epoch, seq } = parsePosition(position) ?? { epoch: 0, seq: 0 }
      const sha = (text: string) => createHash('sha1').update(text).digest('hex')
      const forgeries = [
        [`${epoch}-${seq + 1}`, chain, sha(chain + id)],
        [`${epoch}-${seq + 1}`, chain, chain],
        [`${epoch}-${seq + 9}`, sha('gap'), sha('gap and more')],
        [`${epoch}-${seq}`, sha('other'), sha('another')],
        [`${epoch + 1}-0`, '', sha(`${epoch + 1}`)],
      ]
      for (const [at, previous, next] of forgeries) {
        await stranger.publish('{shop}:messages', Buffer.from(pack([1, at, previous, next, id, message])))
      }
      for (const bytes of [...heard]) {
        await stranger.publish('{shop}:messages', bytes)
      }
      // Later than all of that.
      const { position: last } = await region.invalidate('another')
      await eventually(() => expect(node.bus.position).to.deep.equal(last))
      expect(region.peek('x')).to.equal('loaded')
      expect(node.counters.flushes).to.equal(0)
      expect(node.bus.ignored).to.be.at.least(3)
      for (const command of ['GET {shop}:log', 'XRANGE {shop}:log - +', 'INFO replication', 'EVAL x 0']) {
        const [name = '', ...args] = command.split(' ')
        expect((await rejection(stranger.call(name, ...args))).message).to.match(/NOPERM/)
      }
    } finally {
      stranger.disconnect()
      await ears.close()
      await redis.stop()
    }
  })
})
