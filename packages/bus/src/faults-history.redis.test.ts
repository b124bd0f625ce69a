import {
  caughtUp,
  eventually,
  type FaultProxy,
  type NodeChild,
  PROMPT_SYNC,
  type RedisServer,
  rejection,
  spawnNode,
  startProxy,
  startRedis,
  startReplica,
} from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { BusOptions } from './bus-options.ts'
import { PublishTimeoutError, RedisRefusedError } from './errors.ts'
import { invalidate, type Member, Members } from './fixtures/members.ts'
import { type BusNames, busNames } from './names.ts'

describe('A bus whose Redis loses its history', () => {
  let redis: RedisServer
  let link: FaultProxy
  let members: Members
  let names: BusNames

  beforeEach(async () => {
    redis = await startRedis({ args: PROMPT_SYNC })
    link = await startProxy(redis)
    members = new Members()
    names = busNames(members.name)
  })
  afterEach(async () => {
    await members.close()
    await link.close()
    await redis.stop()
  })

  const direct = (options: Partial<BusOptions> = {}) => members.start({ redis: redis.url, ...options })
  const viaLink = (options: Partial<BusOptions> = {}) => members.start({ redis: link.url, ...options })
  const refusals = ({ errors }: Member, code: string) =>
    errors.filter((error) => error instanceof RedisRefusedError && error.message.includes(code)).length
  const proven = async (...all: Member[]) => {
    const since = performance.now()
    for (const { bus } of all) {
      await eventually(() => expect(bus.provenAt).to.be.above(since))
      expect(bus.status).to.equal('live')
    }
  }

  for (const [what, lose] of [
    ['dies and comes back empty', () => redis.kill().then(() => redis.restart())],
    ['loses everything', () => redis.command('FLUSHALL')],
    ['loses its log', () => redis.command('DEL', names.log)],
    ['loses its epoch', () => redis.command('DEL', names.meta)],
  ] as const) {
    it(`flushes once in each member, and goes on, when Redis ${what} while one of them is cut off`, async () => {
      const [a, b] = [await direct(), await viaLink()]
      const { position } = await invalidate(a, 'before')
      await eventually(() => expect(b.heard).to.deep.equal(['before']))
      link.refuse()
      link.cut()
      await eventually(() => expect(b.bus.status).to.equal('connecting'))
      await invalidate(a, 'missed')
      await lose()
      await eventually(() => expect(a.flushes).to.deep.equal(['joined', 'epoch']))
      link.heal()
      await proven(a, b)
      const after = await invalidate(b, 'after')
      expect(after.position.epoch).to.be.above(position.epoch)
      await eventually(() => expect(a.heard).to.deep.equal(['before', 'missed', 'after']))
      expect(b.heard).to.deep.equal(['before', 'after'])
      await proven(a, b)
      expect([a.flushes, b.flushes]).to.deep.equal([
        ['joined', 'epoch'],
        ['joined', 'epoch'],
      ])
    })
  }

  describe('while one of its members is stopped', () => {
    let child: NodeChild
    const script = new URL('./fixtures/member-child.js', import.meta.url)
    const told = (report: object) => eventually(async () => expect(await child.call('report')).to.deep.include(report))

    beforeEach(async () => {
      child = await spawnNode(script)
      expect(await child.call('start', members.name, redis.url)).to.equal(true)
    })
    afterEach(async () => {
      child.resume()
      await child.stop()
    })

    it('flushes once in that member when the log was trimmed past it', async () => {
      const a = await direct()
      child.pause()
      expect(await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')).to.equal(2)
      for (const key of ['1', '2', '3']) await invalidate(a, key)
      await redis.command('XTRIM', names.log, 'MAXLEN', '2')
      child.resume()
      await told({ flushes: ['joined', 'fork'], status: 'live', heard: [] })
      await invalidate(a, 'after')
      await told({ heard: ['after'], flushes: ['joined', 'fork'] })
      expect(a.flushes).to.deep.equal(['joined'])
    })

    it('keeps what that member holds when all that was trimmed waits for it in its socket', async () => {
      const a = await direct()
      child.pause()
      for (const key of ['1', '2', '3']) await invalidate(a, key)
      await redis.command('XTRIM', names.log, 'MAXLEN', '1')
      child.resume()
      await told({ heard: ['1', '2', '3'], flushes: ['joined'], status: 'live' })
      await invalidate(a, 'after')
      await told({ heard: ['1', '2', '3', 'after'], flushes: ['joined'] })
    })

    it('flushes once in each member when everything was lost', async () => {
      const a = await direct()
      await invalidate(a, 'before')
      await told({ heard: ['before'] })
      child.pause()
      await redis.command('FLUSHALL')
      await eventually(() => expect(a.flushes).to.deep.equal(['joined', 'epoch']))
      await invalidate(a, 'first of the new epoch')
      child.resume()
      await told({ flushes: ['joined', 'epoch'], status: 'live' })
      await invalidate(a, 'after')
      await told({ heard: ['before', 'first of the new epoch', 'after'], flushes: ['joined', 'epoch'] })
      expect(a.flushes).to.deep.equal(['joined', 'epoch'])
    })
  })

  it('proves nothing while its server is a replica of one that is behind, and begins one new epoch after that', async () => {
    // Before the members come: a first replica is a new incarnation as well.
    await using behind = await startReplica(redis)
    const [a, b] = [await direct({ publishTimeout: '100ms' }), await direct()]
    await invalidate(a, 'both have it')
    await caughtUp(redis, behind)
    await behind.command('REPLICAOF', 'NO', 'ONE')
    const lost = await invalidate(a, 'lost')
    await eventually(() => expect(b.heard).to.deep.equal(['both have it', 'lost']))
    await redis.command('REPLICAOF', behind.host, `${behind.port}`)
    const demotedAt = performance.now()
    await caughtUp(behind, redis)
    expect(await redis.command('XLEN', names.log)).to.equal(2)
    expect(await rejection(invalidate(a, 'while demoted'))).to.be.instanceOf(PublishTimeoutError)
    for (const member of [a, b]) {
      await eventually(() => expect(refusals(member, 'READONLY')).to.be.at.least(3))
      expect(member.bus.status).not.to.equal('live')
      expect(member.bus.provenAt).to.be.below(demotedAt)
      expect(member.flushes).to.deep.equal(['joined'])
    }
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await proven(a, b)
    await eventually(() => expect(a.bus.queued).to.equal(0))
    expect(a.heard).to.include('while demoted')
    const last = await invalidate(b, 'after')
    expect(last.position.epoch).to.be.above(lost.position.epoch)
    for (const member of [a, b]) {
      await eventually(() => expect(member.heard.at(-1)).to.equal('after'))
      // What was queued may have been appended before the other one came back, and is then covered by its flush.
      const others = member.heard.filter((key) => key !== 'while demoted')
      expect(others).to.deep.equal(['both have it', 'lost', 'after'])
      expect(member.flushes).to.deep.equal(['joined', 'epoch'])
      expect(member.bus.position).to.deep.equal(last.position)
    }
  })

  it('proves nothing while its server has too few replicas to take writes, and flushes nothing for it', async () => {
    const [a, b] = [await direct({ publishTimeout: '100ms' }), await direct()]
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    const isolatedAt = performance.now()
    expect(await rejection(invalidate(a, 'queued'))).to.be.instanceOf(PublishTimeoutError)
    for (const member of [a, b]) {
      await eventually(() => expect(refusals(member, 'NOREPLICAS')).to.be.at.least(3))
      expect(await member.bus.prove(isolatedAt, 100)).to.equal(false)
      expect(member.bus.provenAt).to.be.below(isolatedAt)
    }
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await proven(a, b)
    for (const { heard, flushes } of [a, b]) {
      await eventually(() => expect(heard).to.deep.equal(['queued']))
      expect(flushes).to.deep.equal(['joined'])
    }
  })
})
