import { setTimeout as pause } from 'node:timers/promises'
import { Closing, eventually, type FaultProxy, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { Cache, Region } from './index.ts'

const B = 250
const KEYS = ['a', 'b', 'c']
const ROUNDS = 2

/** A version of a key, and when its invalidation was acknowledged. */
interface Written {
  readonly version: number
  readonly by: Member
  ackedAt: number
}

interface Member {
  readonly cache: Cache
  readonly region: Region<number>
  readonly proxy: FaultProxy
}

/** The source of truth, which counts versions, and takes its time to answer. */
class Source {
  readonly writes = new Map<string, Written[]>(KEYS.map((key) => [key, []]))

  current(key: string): number {
    return this.writes.get(key)?.length ?? 0
  }

  async load(key: string): Promise<number> {
    const version = this.current(key)
    await pause(Math.random() * 8)
    return version
  }

  async write(by: Member, key: string): Promise<void> {
    const written = { version: this.current(key) + 1, by, ackedAt: Number.POSITIVE_INFINITY }
    this.writes.get(key)?.push(written)
    const invalidated = Math.random() < 0.5 ? by.region.invalidate(key) : by.cache.invalidateTags([`tag of ${key}`])
    await invalidated.then(
      () => {
        written.ackedAt = performance.now()
      },
      () => undefined,
    )
  }

  /** The least version that may be read by this member when it begins to read now. */
  least(reader: Member, key: string): number {
    const now = performance.now()
    const binding = (this.writes.get(key) ?? []).filter(({ by, ackedAt }) => ackedAt <= now - (by === reader ? 0 : B))
    return Math.max(0, ...binding.map(({ version }) => version))
  }
}

describe('The promise', () => {
  const closing = new Closing()
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })

  afterEach(() => closing.all())

  after(() => server.stop())

  async function join(source: Source, name: string): Promise<Member> {
    const proxy = closing.add(await startProxy(server))
    const cache = closing.add(createCache({ name, redis: proxy.url, maxStaleness: B, redisTimeout: 50 }))
    const load = (key: string) => source.load(key)
    const region = cache.region('r', { load, tags: (_, key) => [`tag of ${key}`], leaseWait: 100 })
    await cache.start()
    return { cache, region, proxy }
  }

  const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T

  async function misbehave(members: readonly Member[], until: number): Promise<void> {
    while (performance.now() < until) {
      const { proxy } = any(members)
      any([() => proxy.cut(), () => proxy.stall('downstream'), () => proxy.stall(), () => proxy.heal()])()
      await pause(Math.random() * 900)
      proxy.heal()
      await pause(Math.random() * 100)
    }
  }

  async function act(source: Source, members: readonly Member[], until: number): Promise<void> {
    while (performance.now() < until) {
      const member = any(members)
      const key = any(KEYS)
      if (Math.random() < 0.1) {
        await source.write(member, key)
      } else {
        const least = source.least(member, key)
        expect(await member.region.get(key), `version of ${key}`).to.be.at.least(least)
      }
      await pause(Math.random() * 4)
    }
  }

  it('holds with cut and stalled connections: never staler than B, own writes at once, and all agree in the end', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const source = new Source()
      const members = await Promise.all([0, 1, 2].map(() => join(source, `promise-${round}`)))
      const until = performance.now() + 2_500
      const actors = Array.from({ length: 12 }, () => act(source, members, until))
      await Promise.all([misbehave(members, until), ...actors])
      for (const { proxy } of members) {
        proxy.heal()
      }
      await eventually(() => {
        expect(new Set(members.map(({ cache }) => cache.stats().position)).size).to.equal(1)
        expect(members.map(({ cache }) => cache.stats().queued)).to.deep.equal([0, 0, 0])
      })
      const expected = KEYS.map((key) => source.current(key))
      const newcomer = await join(source, `promise-${round}`)
      for (const { region } of [newcomer, ...members]) {
        expect(await Promise.all(KEYS.map((key) => region.get(key)))).to.deep.equal(expected)
      }
      const { l2Hits, doomed } = members.reduce(
        (sum, { cache }) => {
          const { total } = cache.stats()
          return { l2Hits: sum.l2Hits + total.l2Hits, doomed: sum.doomed + total.doomed }
        },
        { l2Hits: 0, doomed: 0 },
      )
      expect([l2Hits > 0, doomed > 0], 'the races took place').to.deep.equal([true, true])
    }
  })
})
