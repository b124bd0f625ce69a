import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { IgnoreReason } from './bus-listener.ts'
import { firstChain, nextChain } from './chain.ts'
import { invalidate, type Member, Members } from './fixtures/members.ts'
import { pack } from './msgpack-codec.ts'
import { busNames } from './names.ts'
import { decodeBroadcast } from './wire.ts'

/** What a stranger has to go by who may use the channel, and nothing else. */
interface Overheard {
  /** The last three broadcasts. */
  readonly broadcasts: readonly Buffer[]
  readonly epoch: number
  readonly seq: number
  readonly chain: string
}

/** A broadcast of an invalidation of `forged`. */
function forge(position: string, previous: string, chain: string, fields: { version?: number; kind?: number } = {}) {
  const { version = 1, kind = 1 } = fields
  return pack([version, position, previous, chain, 'id', [1, kind, 'origin', Date.now(), 0, ['r', ['forged']]]])
}

/** The same broadcast with some of its fields replaced. */
function alter(broadcast: Buffer | undefined, fields: { position?: string; message?: unknown }): Uint8Array {
  const entry = broadcast && decodeBroadcast(broadcast)
  if (!entry) {
    throw new Error('No broadcast was overheard')
  }
  const { position, previous, chain, id } = entry
  const place = fields.position ?? `${position.epoch}-${position.seq}`
  return pack([1, place, previous, chain, id, fields.message ?? [1, 1, 'origin', 1, 0, ['r', ['forged']]]])
}

const wrong = 'f'.repeat(40)

type Forgery = readonly [what: string, reason: IgnoreReason | undefined, payload: (from: Overheard) => Uint8Array]

const forgeries: readonly Forgery[] = [
  ['a broadcast under another chain', 'forged', ({ epoch, seq, chain }) => forge(`${epoch}-${seq + 1}`, chain, wrong)],
  [
    'a broadcast under a chain that was computed without the incarnation',
    'forged',
    ({ epoch, seq, chain }) => forge(`${epoch}-${seq + 1}`, chain, nextChain('', chain, 'id')),
  ],
  [
    'a broadcast of much later, as if many had been missed',
    'forged',
    ({ epoch, seq }) => forge(`${epoch}-${seq + 1000}`, wrong, nextChain('', wrong, 'id')),
  ],
  [
    'another broadcast for a place in the log that is taken',
    'forged',
    ({ epoch, seq, chain }) => forge(`${epoch}-${seq}`, chain, nextChain('', chain, 'id')),
  ],
  [
    'a broadcast of a kind that nobody knows',
    'forged',
    ({ epoch, seq, chain }) => forge(`${epoch}-${seq + 1}`, chain, wrong, { kind: 99 }),
  ],
  [
    'a broadcast of another version',
    'foreign',
    ({ epoch, seq, chain }) => forge(`${epoch}-${seq + 1}`, chain, wrong, { version: 2 }),
  ],
  ['five bytes that announce four thousand million fields', 'foreign', () => Buffer.from('ddffffffff', 'hex')],
  ['two megabytes', 'foreign', ({ epoch, seq }) => pack([1, `${epoch}-${seq + 1}`, 'x'.repeat(2 ** 21), '', '', null])],
  ['bytes that are no MessagePack', 'foreign', () => Buffer.from('hello')],
  // What was in the log once is not counted: it may come late, or twice, by itself.
  ['a broadcast that was heard before', undefined, ({ broadcasts }) => broadcasts[1] ?? Buffer.alloc(0)],
  [
    'a broadcast that was heard before, and now names something else',
    undefined,
    ({ broadcasts }) => alter(broadcasts.at(-1), {}),
  ],
  // These may come from a server that has just taken over. A beat tells.
  [
    'a broadcast that opens a new epoch',
    undefined,
    ({ epoch }) => forge(`${epoch + 1}-0`, '', firstChain('', epoch + 1, '')),
  ],
  ['a broadcast of an epoch to come', undefined, ({ epoch }) => forge(`${epoch + 1}-7`, wrong, wrong)],
  ['a broadcast of an epoch gone by', undefined, ({ epoch }) => forge(`${epoch - 1}-7`, wrong, wrong)],
]

describe('A member that hears what does not come from the log', () => {
  let redis: RedisServer
  let stranger: Redis
  let members: Members
  let member: Member
  let writer: Member
  let overheard: Overheard
  let channel: string

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  beforeEach(async () => {
    members = new Members()
    channel = busNames(members.name).channel
    stranger = new Redis(redis.port)
    const broadcasts: Buffer[] = []
    stranger.on('messageBuffer', (_, bytes: Buffer) => broadcasts.push(bytes))
    await stranger.subscribe(channel)
    member = await members.start({ redis: redis.url })
    writer = await members.start({ redis: redis.url })
    for (const key of ['1', '2', '3']) await invalidate(writer, key)
    const { position, chain } = await invalidate(writer, '4')
    await eventually(() => expect([broadcasts.length >= 4, member.heard]).to.deep.equal([true, ['1', '2', '3', '4']]))
    overheard = { broadcasts: broadcasts.slice(-3), ...position, chain }
  })
  afterEach(async () => {
    stranger.disconnect()
    await members.close()
  })

  const publish = async (payload: Uint8Array, on = channel) => {
    const client = new Redis(redis.port)
    await client.publish(on, Buffer.from(payload))
    client.disconnect()
  }

  /** Messages come in order: with the next real one, whatever was published before it has been judged. */
  const expectUnmoved = async (ignored: readonly IgnoreReason[]) => {
    const since = performance.now()
    await invalidate(writer, '5')
    await eventually(() => expect(member.heard).to.deep.equal(['1', '2', '3', '4', '5']))
    await eventually(() => expect(member.bus.provenAt).to.be.above(since))
    expect(member.ignored).to.deep.equal(ignored)
    expect(member.bus).to.include({ ignored: ignored.length, status: 'live' })
    expect(member.bus.position).to.deep.equal({ epoch: overheard.epoch, seq: overheard.seq + 1 })
    expect([member.flushes, member.errors]).to.deep.equal([['joined'], []])
  }

  for (const [what, reason, payload] of forgeries) {
    const counted = reason ? `counts it as ${reason}` : 'does not count it'
    it(`does nothing about ${what}, and ${counted}`, async () => {
      await publish(payload(overheard))
      await expectUnmoved(reason ? [reason] : [])
      expect(member.statuses).to.deep.equal(['connecting', 'syncing', 'live'])
    })
  }

  it('looks into the log, and finds nothing, for a broadcast that comes again for a later place', async () => {
    const { epoch, seq, broadcasts } = overheard
    for (const later of [1, 2, 1000]) {
      await publish(alter(broadcasts.at(-1), { position: `${epoch}-${seq + later}` }))
    }
    await expectUnmoved([])
  })

  it('does not hear what is published on another channel', async () => {
    const { epoch, seq, chain } = overheard
    const payload = forge(`${epoch}-${seq + 1}`, chain, wrong)
    for (const other of [`${channel}2`, `x${channel}`, channel.toUpperCase(), busNames('other').channel]) {
      await publish(payload, other)
    }
    await expectUnmoved([])
  })

  it('counts each of a thousand, and is live', async () => {
    const { epoch, seq, chain } = overheard
    const pipeline = new Redis(redis.port)
    const payloads = Array.from({ length: 1_000 }, (_, n) => forge(`${epoch}-${seq + 1 + n}`, chain, wrong))
    await Promise.all(payloads.map((payload) => pipeline.publish(channel, Buffer.from(payload))))
    pipeline.disconnect()
    await expectUnmoved(payloads.map(() => 'forged' as const))
  })
})
