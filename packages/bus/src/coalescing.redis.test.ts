import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { MAX_NAMES } from './batch.ts'
import { type Member, Members } from './fixtures/members.ts'
import { busNames } from './names.ts'

describe('Many calls of one turn', () => {
  let redis: RedisServer
  let members: Members
  let writer: Member
  let hearer: Member

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(async () => {
    members = new Members()
    // Ten megabytes take their time where others use the machine too.
    writer = await members.start({ redis: redis.url, redisTimeout: '2s' })
    hearer = await members.start({ redis: redis.url, redisTimeout: '2s' })
  })
  afterEach(() => members.close())

  /** Entries of the log but for the one that opens it. */
  const entries = async () => Number(await redis.command('XLEN', busNames(members.name).log)) - 1

  const expectHeardOnce = async (names: readonly string[]) => {
    await eventually(() => expect(hearer.heard.length).to.equal(names.length))
    expect([...hearer.heard].sort()).to.deep.equal([...names].sort())
    expect([hearer.flushes, hearer.errors, writer.errors]).to.deep.equal([['joined'], [], []])
    expect(hearer.bus).to.include({ status: 'live', ignored: 0 })
  }

  it('are a handful of messages, of which another member hears every key once', async () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `${n}`)
    const calls = keys.map((key) => writer.bus.invalidate({ region: 'r', keys: [key] }))
    await Promise.all(calls)
    expect(writer.heard).to.deep.equal(keys)
    await expectHeardOnce(keys)
    expect(await entries()).to.equal(Math.ceil(keys.length / MAX_NAMES))
  })

  it('are one message of each kind, and name what is named twice once', async () => {
    const { bus } = writer
    const calls = Array.from({ length: 300 }, (_, n) => [
      bus.invalidate({ region: 'r', keys: [`key ${n % 100}`] }),
      bus.invalidateTags([`tag ${n % 100}`]),
      bus.clear([`region${n % 100}`]),
      bus.bump({ region: 'r', versions: { [`key ${n % 100}`]: n } }),
    ])
    await Promise.all(calls.flat())
    const named = Array.from({ length: 100 }, (_, n) => [`key ${n}`, `tag ${n}`, `region${n}`, `key ${n}@${n + 200}`])
    await expectHeardOnce(named.flat())
    expect(await entries()).to.equal(4)
  })

  it('are split where they name ten megabytes, all of which another member hears', async () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `${n} `.padEnd(1024, 'x'))
    await writer.bus.invalidate({ region: 'r', keys })
    await expectHeardOnce(keys)
    expect(await entries()).to.equal(Math.ceil(keys.length / 254))
  })
})
