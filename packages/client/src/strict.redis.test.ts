import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busNames } from '@rescind/bus'
import {
  Closing,
  eventually,
  type FaultProxy,
  type NodeChild,
  type RedisServer,
  spawnNode,
  startProxy,
  startRedis,
} from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { type Cache, createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { RegionNode } from './fixtures/region-node.ts'
import type { Region } from './region.ts'

const B = 400
/** What a busy machine may add to a wait. */
const SLACK_MS = 400

describe('A strict cache', () => {
  const closing = new Closing()
  let redis: RedisServer
  let link: FaultProxy
  let name: string
  let version: number
  let runs = 0

  before(async () => {
    redis = await startRedis()
    link = await startProxy(redis)
  })
  after(async () => {
    await link.close()
    await redis.stop()
  })
  beforeEach(() => {
    runs += 1
    name = `strict-${runs}`
    version = 1
  })
  afterEach(async () => {
    link.heal()
    link.cut()
    await closing.all()
  })

  async function start(url: string): Promise<{ cache: Cache; region: Region<number>; nodeId: string }> {
    const cache = closing.add(
      createCache({ name, redis: url, strict: true, maxStaleness: B, heartbeat: 50, redisTimeout: '100ms' }),
    )
    const region = cache.region('r', { load: () => version, tags: () => ['t'] })
    expect(await cache.start()).to.equal(true)
    return { cache, region, nodeId: cache.stats().nodeId }
  }
  const settled = () =>
    eventually(async () => expect(await redis.command('HEXISTS', busNames(name).meta, 'settled')).to.equal(1))

  for (const [what, invalidate] of [
    ['a key', ({ region }) => region.invalidate('x', { confirm: true })],
    ['a tag', ({ cache }) => cache.invalidateTags(['t'], { confirm: true })],
    ['a region', ({ region }) => region.clear({ confirm: true })],
    ['everything', ({ cache }) => cache.clear({ confirm: true })],
  ] as const satisfies [string, (by: Awaited<ReturnType<typeof start>>) => Promise<unknown>][]) {
    it(`holds no old value anywhere once the invalidation of ${what} is confirmed`, async () => {
      const all = [await start(redis.url), await start(redis.url), await start(redis.url)] as const
      await settled()
      for (const { region } of all) {
        expect(await region.get('x')).to.equal(1)
      }
      for (version = 2; version < 20; version += 1) {
        await invalidate(all[version % 2 === 0 ? 0 : 1])
        for (const { region } of all) {
          expect(region.peek('x')).to.equal(undefined)
        }
        for (const { region } of all) {
          expect(await region.get('x')).to.equal(version)
        }
      }
    })
  }

  it('serves nothing old from where it is cut off, once another has confirmed, and loads the new value', async () => {
    const [a, b] = [await start(redis.url), await start(link.url)]
    await settled()
    expect(await b.region.get('x')).to.equal(1)
    link.blackhole()
    version = 2
    const confirming = a.region.invalidate('x', { confirm: true })
    expect(b.region.peek('x'), 'while it is waited for').to.equal(1)
    const { confirmation } = await confirming
    expect(b.region.peek('x')).to.equal(undefined)
    expect(confirmation).to.deep.include({ answered: [], waitedOut: [b.nodeId] })
    expect(confirmation?.ms).to.be.within(B, B + SLACK_MS)
    expect(await b.region.get('x')).to.equal(2)
    // Nobody proves to it that this is still current.
    expect(b.region.peek('x')).to.equal(undefined)
    version = 3
    expect(await b.region.get('x')).to.equal(3)
    link.heal()
    await eventually(async () => {
      await b.region.get('x')
      expect(b.region.peek('x')).to.equal(3)
    })
  })

  for (const strict of [true, false]) {
    it(`serves what it has just loaded, when it is isolated, ${strict ? 'no more' : 'though, if it is not strict'}`, async () => {
      const held = { name, redis: link.url, strict, maxStaleness: B, heartbeat: 50, redisTimeout: 100 }
      const { node, region } = closing.add(await new RegionNode(held, { load: () => version }).start())
      expect(await region.get('x')).to.equal(1)
      link.blackhole()
      const proofAge = () => node.clock() - node.provenAt
      await eventually(() => expect(proofAge()).to.be.above(B))
      // It was loaded a little later than that.
      await eventually(() => expect(region.peek('x')).to.equal(undefined))
      version = 2
      expect(await region.get('x')).to.equal(2)
      expect(region.peek('x')).to.equal(strict ? undefined : 2)
      expect(proofAge()).to.be.above(B)
    })

    it(`joins ${strict ? 'no load under way without a proof' : 'a load under way also without a proof, if it is not strict'}`, async () => {
      const loads = new HeldLoads<string>()
      const held = { name, redis: link.url, strict, maxStaleness: B, heartbeat: 50, redisTimeout: 100 }
      const { node, region } = closing.add(await new RegionNode(held, { load: loads.load }).start())
      const warm = region.get('y')
      const [first] = [region.get('x'), await loads.call(0), await loads.call(1)]
      const joined = region.get('x')
      expect(loads.calls.map(({ id }) => id)).to.deep.equal(['y', 'x'])
      link.blackhole()
      await eventually(() => expect(node.clock() - node.provenAt).to.be.above(B))
      // Of loads that began without a proof, as any does now.
      const isolated = region.get('z')
      await loads.call(2)
      const late = region.get('z')
      if (strict) {
        ;(await loads.call(3)).resolve('late')
        expect(await late).to.equal('late')
      }
      for (const call of loads.calls) {
        call.resolve('early')
      }
      expect(await Promise.all([warm, first, joined, isolated])).to.deep.equal(['early', 'early', 'early', 'early'])
      expect(await late).to.equal(strict ? 'late' : 'early')
      expect(loads.calls.length).to.equal(strict ? 4 : 3)
    })
  }

  it('is waited for where its process is stopped or killed, and serves nothing old when it wakes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rescind-strict-'))
    const database = join(directory, 'database')
    await writeFile(database, 'old')
    const script = new URL('./fixtures/strict-process.js', import.meta.url)
    const children: NodeChild[] = [await spawnNode(script), await spawnNode(script)]
    try {
      const [stopped, killed] = children as [NodeChild, NodeChild]
      const a = await start(redis.url)
      const nodeIds: unknown[] = []
      for (const child of children) {
        nodeIds.push(await child.call('open', redis.url, name, B, database))
        expect(await child.call('get', 'x')).to.equal('old')
      }
      await settled()
      const since = performance.now()
      stopped.pause()
      await killed.kill()
      await writeFile(database, 'new')
      const { confirmation } = await a.region.invalidate('x', { confirm: true })
      expect(confirmation?.waitedOut).to.have.members(nodeIds)
      expect(confirmation?.ms).to.be.within(B, B + SLACK_MS)
      const peeked = stopped.call('peek', 'x')
      stopped.resume()
      expect(await peeked).to.equal(undefined)
      expect(await stopped.call('get', 'x')).to.equal('new')
      await eventually(async () => {
        const again = await a.region.invalidate('y', { confirm: true })
        expect(again.confirmation).to.deep.include({ answered: [nodeIds[0]], waitedOut: [] })
        expect(again.confirmation?.ms).to.be.below(B / 2)
      })
      expect(performance.now() - since, 'until the killed one was forgotten').to.be.above(2 * B)
    } finally {
      await Promise.all(children.map((child) => child.stop()))
      await rm(directory, { recursive: true })
    }
  })
})
