import { eventually, type RedisServer, seededNumbers, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

describe('A read of what is written behind', () => {
  let redis: RedisServer
  let desk: Desk
  let source: Source

  before(async () => {
    redis = await startRedis()
    desk = new Desk(redis)
  })
  after(() => redis.stop())
  beforeEach(() => {
    desk.next()
    source = new Source()
    source.rows.set('a', 'old')
  })
  afterEach(async () => {
    source.release()
    await desk.closing.all()
  })

  /** A load that has read the source, and is held up on its way back. */
  function slowLoads() {
    const waiting: (() => void)[] = []
    const load = async (id: string) => {
      const value = source.load(id)
      await new Promise<void>((resolve) => waiting.push(resolve))
      return value
    }
    return { load, waiting }
  }

  it('that was under way before the write leaves nothing old behind, whether the write is saved meanwhile or not', async () => {
    for (const saved of [false, true]) {
      const { load, waiting } = slowLoads()
      const reader = desk.hire(source, { load, saves: false })
      const writer = desk.hire(source)
      const reading = reader.behind.region.get('a')
      await eventually(() => expect(waiting).to.have.length(1))
      if (!saved) {
        source.hold()
      }
      const { token } = await writer.behind.set('a', 'new')
      if (saved) {
        await writer.behind.flush()
      }
      waiting[0]?.()
      expect(await reading).to.equal('old')
      await eventually(() => expect(reader.behind.region.peek('a')).to.equal(undefined))
      const again = reader.behind.region.get('a', { after: token })
      if (saved) {
        await eventually(() => expect(waiting).to.have.length(2))
        waiting[1]?.()
      }
      expect(await again).to.equal('new')
      source.release()
      await writer.close()
      await reader.close()
      desk.next()
      source.rows.set('a', 'old')
    }
  })

  it('that begins after the write never asks the source for it before it is saved', async () => {
    const asked: string[] = []
    const reader = desk.hire(source, {
      saves: false,
      load: (id) => {
        asked.push(id)
        return source.load(id)
      },
    })
    const writer = desk.hire(source)
    source.hold()
    const { token } = await writer.behind.set('a', 'new')
    await eventually(() => expect(source.calls).to.have.length(1))
    expect(await reader.behind.region.get('a', { after: token })).to.equal('new')
    expect(asked).to.deep.equal([])
    source.release()
    await writer.behind.flush()
    expect(await reader.behind.region.get('a', { fresh: true })).to.equal('new')
    expect(asked).to.deep.equal(['a'])
  })

  it('may ask for very many at once', async () => {
    const { behind } = desk.hire(source, { l2: false, loadMany: (ids) => new Map(ids.map((id) => [id, 'source'])) })
    source.hold()
    await behind.set('9999', 'new')
    const values = await behind.region.getMany(Array.from({ length: 10_000 }, (_, n) => `${n}`))
    expect(values.size).to.equal(10_000)
    expect([values.get('9998'), values.get('9999')]).to.deep.equal(['source', 'new'])
  })

  const seed = Number(process.env['RESCIND_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

  it(`sees every write that was acknowledged before it began, in its own process and with a token in any (RESCIND_SEED=${seed})`, async () => {
    const below = seededNumbers(seed)
    const turns = async (most: number) => {
      for (let n = below(most); n > 0; n -= 1) {
        await new Promise(setImmediate)
      }
    }
    const slow = {
      batchSize: 3,
      batchWait: 0,
      load: async (id: string) => {
        const value = source.load(id)
        await turns(20)
        return value
      },
      save: async (writes: Parameters<Source['save']>[0]) => {
        await turns(20)
        if (below(10) === 0) {
          throw new Error('the source is busy')
        }
        return source.save(writes)
      },
    }
    const clerks = [0, 1, 2].map(() => desk.hire(source, slow))
    await Promise.all(clerks.map(({ behind }) => behind.start()))
    const acknowledged = new Map<string, { readonly version: number; readonly token: string; readonly by: number }>()
    const violations: string[] = []
    const write = async (id: string, by: number) => {
      for (let version = 1; version <= 150; version += 1) {
        const receipt = await clerks[by]?.behind.set(id, version)
        acknowledged.set(id, { version, token: receipt?.token ?? '', by })
        await turns(30)
      }
    }
    let done = false
    const read = async (at: number) => {
      while (!done) {
        const id = `${below(6)}`
        const known = acknowledged.get(id)
        const after = known && known.by !== at ? { after: known.token } : {}
        const fresh = below(4) === 0 ? { fresh: true } : {}
        const version = await clerks[at]?.behind.region.get(id, { ...after, ...fresh })
        if (Number(version ?? 0) < (known?.version ?? 0)) {
          violations.push(`${id} at ${at}: ${version} after ${known?.version} of ${known?.by}`)
        }
        await turns(5)
      }
    }
    const reading = Promise.all([0, 1, 2, 0, 1, 2].map(read))
    await Promise.all(Array.from({ length: 6 }, (_, n) => write(`${n}`, n % 3)))
    await clerks[0]?.behind.flush()
    done = true
    await reading
    expect(violations).to.deep.equal([])
    for (let n = 0; n < 6; n += 1) {
      expect(source.rows.get(`${n}`)).to.equal(150)
      const tries = source.triesOf(`${n}`)
      expect(tries, 'saved in order').to.deep.equal([...tries].sort((a, b) => Number(a) - Number(b)))
    }
  })
})
