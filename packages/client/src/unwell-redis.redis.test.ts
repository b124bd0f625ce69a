import { createPublisher } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { Region } from './index.ts'

const name = 'test'

describe('A cache whose Redis is unwell', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  async function startServer(args: readonly string[] = []): Promise<RedisServer> {
    const server = await startRedis({ args })
    closing.add({ close: () => server.stop() })
    return server
  }

  function createRegion(url: string) {
    let loads = 0
    const cache = closing.add(createCache({ name, redis: url }))
    const region = cache.region('r', { load: async (id) => `${id} ${++loads}` })
    return { cache, region }
  }

  async function expectFast(region: Region<string>, firstWithinMs: number): Promise<void> {
    const begin = performance.now()
    await region.get(`first ${begin}`)
    const first = performance.now()
    expect(first - begin).to.be.below(firstWithinMs)
    for (let n = 0; n < 20; n += 1) {
      await region.get(`next ${n} ${begin}`)
    }
    expect(performance.now() - first).to.be.below(400)
  }

  async function expectShared(region: Region<string>, url: string): Promise<void> {
    const { cache, region: other } = createRegion(url)
    await cache.start()
    await eventually(async () => {
      const id = `shared ${performance.now()}`
      const value = await region.get(id)
      await eventually(async () => expect(await other.get(id)).to.equal(value), { withinMs: 100 })
      expect(cache.stats().total.l2Hits).to.be.above(0)
    })
  }

  it('does no I/O until it is used', async () => {
    const server = await startServer()
    const proxy = closing.add(await startProxy(server))
    const { cache, region } = createRegion(proxy.url)
    expect(region.peek('a')).to.equal(undefined)
    cache.stats()
    await new Promise(setImmediate)
    expect(proxy.accepted).to.equal(0)
    await cache.close()
    expect(proxy.accepted).to.equal(0)
    await region.get('a')
    expect(proxy.accepted).to.equal(0)
  })

  it('reads at the speed of the source while nobody listens, and joins when somebody does', async () => {
    const server = await startServer()
    await server.kill()
    const { cache, region } = createRegion(server.url)
    await expectFast(region, 1_000)
    expect(await cache.start()).to.equal(false)
    await server.restart()
    await eventually(() => expect(cache.stats().status).to.equal('live'))
    await expectShared(region, server.url)
  })

  it('reads at the speed of the source while it is refused, and joins when it is not', async () => {
    const server = await startServer()
    const proxy = closing.add(await startProxy(server))
    proxy.refuse()
    const { cache, region } = createRegion(proxy.url)
    await expectFast(region, 1_000)
    proxy.heal()
    await eventually(() => expect(cache.stats().status).to.equal('live'))
    await expectShared(region, server.url)
  })

  it('reads at the speed of the source while Redis is frozen from the start, and joins when it thaws', async () => {
    const server = await startServer()
    server.pause()
    const { cache, region } = createRegion(server.url)
    await expectFast(region, 1_000)
    server.resume()
    await eventually(() => expect(cache.stats().status).to.equal('live'))
    await expectShared(region, server.url)
  })

  it('reads within 1 s when Redis freezes later, at the speed of the source after that, and goes on when it thaws', async () => {
    const server = await startServer()
    const { cache, region } = createRegion(server.url)
    await cache.start()
    await region.get('a')
    server.pause()
    await expectFast(region, 1_000)
    expect(await region.get('a')).to.equal('a 1')
    server.resume()
    await expectShared(region, server.url)
  })

  it('reads, and waits no longer, when the bytes get lost on the way', async () => {
    for (const direction of ['both', 'upstream', 'downstream'] as const) {
      const server = await startServer()
      const proxy = closing.add(await startProxy(server))
      const { cache, region } = createRegion(proxy.url)
      await cache.start()
      proxy.blackhole(direction)
      await expectFast(region, 1_000)
      proxy.heal()
      await expectShared(region, server.url)
    }
  })

  it('reads, invalidates and hears when Redis is full and evicts nothing', async () => {
    const server = await startServer(['--maxmemory-policy', 'noeviction'])
    const [a, b] = [createRegion(server.url), createRegion(server.url)]
    await Promise.all([a.cache.start(), b.cache.start()])
    const inL2 = await a.region.get('a')
    await expectShared(a.region, server.url)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    expect(await b.region.get('a')).to.equal(inL2)
    await expectFast(a.region, 250)
    expect(a.cache.stats().total).to.include({ l2Errors: 0 })
    await b.region.get('b')
    await a.region.invalidate(['a', 'b'])
    await a.cache.invalidateTags(['tag'])
    await eventually(() => expect([b.region.peek('a'), b.region.peek('b')]).to.deep.equal([undefined, undefined]))
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    await expectShared(a.region, server.url)
  })

  it('answers every read while Redis dies and comes back empty, and drops what it held', async () => {
    const server = await startServer()
    const { cache, region } = createRegion(server.url)
    await cache.start()
    await region.get('a')
    await server.kill()
    await expectFast(region, 1_000)
    const rejected = await region.invalidate('a').catch((error: unknown) => error)
    expect(rejected).to.include({ code: 'RESCIND_PUBLISH_TIMEOUT', queued: true })
    expect(region.peek('a')).to.equal(undefined)
    await server.restart()
    await eventually(() => expect(cache.stats()).to.include({ status: 'live', flushes: 1, queued: 0 }))
    await expectShared(region, server.url)
  })

  it('hears what a process without a cache invalidates, also after a connection was lost', async () => {
    const server = await startServer()
    const proxy = closing.add(await startProxy(server))
    const { cache, region } = createRegion(proxy.url)
    const publisher = closing.add(createPublisher({ name, redis: server.url }))
    await cache.start()
    const first = await region.get('a')
    await publisher.invalidate({ region: 'r', keys: ['a'] })
    await eventually(() => expect(region.peek('a')).to.equal(undefined))
    const second = await region.get('a')
    expect(second).not.to.equal(first)
    const kept = await region.get('kept')
    proxy.refuse()
    proxy.cut()
    await publisher.invalidate({ region: 'r', keys: ['a'] })
    expect(region.peek('a'), 'within the bound').to.equal(second)
    proxy.heal()
    await eventually(() => expect(region.peek('a')).to.equal(undefined))
    expect(region.peek('kept')).to.equal(kept)
    expect(cache.stats().flushes).to.equal(0)
  })

  it('closes in bounded time whatever Redis does, and leaves nothing connected', async () => {
    const server = await startServer()
    const proxy = closing.add(await startProxy(server))
    const { cache, region } = createRegion(proxy.url)
    await cache.start()
    proxy.stall()
    const reads = [region.get('a'), region.get('b')]
    const failed = region.invalidate('a').catch((error: unknown) => error)
    const begin = performance.now()
    expect((await cache.close()).unsent.length).to.equal(1)
    expect(performance.now() - begin).to.be.below(2_500)
    expect(await failed).to.have.property('code')
    expect(await Promise.all(reads)).to.have.members(['a 1', 'b 2'])
    proxy.heal()
    await eventually(() => expect(proxy.connections).to.equal(0))
  })
})
