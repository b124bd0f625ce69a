import { eventually, type FaultProxy, startProxy } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { HeldLoads } from './fixtures/held-loads.ts'
import { type Member, TIMEOUT, ValueFleet } from './fixtures/value-fleet.ts'

/** More than a read or write that waits for a time-out once takes, and less than one that waits twice. */
const ONCE = TIMEOUT * 1.75
/** Less than one that waits for a time-out. */
const AT_ONCE = TIMEOUT * 0.75

describe('A cache one of whose value servers is away', function () {
  this.timeout(30_000)
  let fleet: ValueFleet
  let mine: string[]
  let others: string[]

  beforeEach(async () => {
    fleet = await ValueFleet.start('a', 'b', 'c')
    mine = fleet.idsOn('a', 6)
    others = fleet.idsOn('b', 6)
  })
  afterEach(() => fleet.stop())

  /** A member whose values are in L2, and another one that has read none of them. */
  async function pair(): Promise<[Member, Member]> {
    const members: [Member, Member] = [await fleet.join(), await fleet.join()]
    await fleet.fill(members[0], 'a', mine)
    await fleet.fill(members[0], 'b', others)
    fleet.loads.splice(0)
    return members
  }

  async function took(work: () => Promise<unknown>): Promise<number> {
    const startedAt = performance.now()
    await work()
    return performance.now() - startedAt
  }

  it('killed: loads what was there at once, has the rest from L2, and uses it again when it is back', async () => {
    const [, reader] = await pair()
    await fleet.at('a').kill()
    await eventually(() => expect(reader.errors).to.have.lengthOf(1))
    expect(reader.errors[0]).to.include({ name: 'ValueServerError', server: 'a' })
    expect(await took(() => reader.region.getMany(mine))).to.be.below(AT_ONCE)
    await reader.region.getMany(others)
    expect(fleet.loads).to.have.members(mine)
    expect(reader.cache.stats().total).to.include({ l2Hits: others.length, l2Errors: 0 })
    expect(reader.cache.stats().status).to.equal('live')
    await fleet.at('a').restart()
    await eventually(async () => {
      await reader.region.invalidate(mine)
      await reader.region.getMany(mine)
      expect(await fleet.stored('a', mine)).to.deep.equal(mine)
    })
    expect(reader.errors).to.have.lengthOf(1)
  })

  it('frozen: keeps a read waiting once, has the rest from L2, and uses it again when it is back', async () => {
    const [, reader] = await pair()
    fleet.at('a').pause()
    const [first = '', ...rest] = mine
    expect(await took(() => reader.region.get(first))).to.be.within(AT_ONCE, ONCE)
    expect(await took(() => reader.region.getMany(rest))).to.be.below(AT_ONCE)
    expect(await took(() => reader.region.getMany(others))).to.be.below(AT_ONCE)
    expect(fleet.loads).to.have.members(mine)
    expect(reader.cache.stats().total).to.include({ l2Hits: others.length, l2Errors: 1 })
    fleet.at('a').resume()
    const late = await fleet.join()
    await eventually(async () => {
      await reader.region.invalidate(mine)
      await reader.region.getMany(mine)
      expect(await fleet.stored('a', mine)).to.deep.equal(mine)
    })
    await late.region.getMany(mine)
    expect(late.cache.stats().total).to.include({ l2Hits: mine.length })
  })

  it('frozen: keeps one write waiting once and the others not at all', async () => {
    const [writer, reader] = await pair()
    const publisher = fleet.publisher()
    await publisher.invalidate({ region: 'r', keys: ['x'] })
    fleet.at('a').pause()
    expect(await took(() => publisher.invalidate({ region: 'r', keys: others }))).to.be.below(AT_ONCE)
    for (const write of [
      () => writer.region.invalidate(mine),
      () => publisher.invalidate({ region: 'r', keys: mine }),
    ]) {
      expect(await took(write)).to.be.within(AT_ONCE, ONCE)
      expect(await took(write)).to.be.below(AT_ONCE)
    }
    fleet.change(...mine)
    await writer.region.invalidate(mine)
    fleet.at('a').resume()
    expect([...(await reader.region.getMany(mine)).values()]).to.deep.equal(mine.map(() => 2))
  })

  it('from the start: starts without it, and says so once', async () => {
    await fleet.at('a').kill()
    const startedAt = performance.now()
    const member = await fleet.join()
    expect(performance.now() - startedAt).to.be.below(1_000)
    await member.region.getMany([...mine, ...others])
    expect(member.cache.stats().total).to.include({ l2Errors: 0, loads: 12 })
    await eventually(() => expect(member.errors.map(({ name }) => name)).to.deep.equal(['ValueServerError']))
    expect(await member.cache.close()).to.deep.equal({ unsent: [] })
  })

  it('frozen from the start: does not wait long for it, neither to start nor to close', async () => {
    fleet.at('a').pause()
    let member: Member | undefined
    expect(
      await took(async () => {
        member = await fleet.join()
      }),
    ).to.be.below(1_000)
    await member?.region.getMany([...mine, ...others])
    expect(await took(async () => member?.cache.close())).to.be.below(1_500)
    fleet.at('a').resume()
  })

  it('with another incarnation: serves nothing of what is left there', async () => {
    const [, reader] = await pair()
    const [id = ''] = mine
    fleet.change(id)
    // What a failover to a replica that lacks the removal leaves.
    const key = `shop:r:{${id}}`
    const stored = String(
      await fleet.at('a').command('EVAL', "return redis.sha1hex(redis.call('GET', KEYS[1]))", '1', key),
    )
    await fleet.at('a').command('REPLICAOF', fleet.at('b').host, '1')
    await fleet.at('a').command('REPLICAOF', 'NO', 'ONE')
    const left = await fleet.at('a').command('EVAL', "return redis.sha1hex(redis.call('GET', KEYS[1]))", '1', key)
    expect(String(left)).to.equal(stored)
    expect(await reader.region.get(id)).to.equal(2)
    expect(reader.cache.stats()).to.include({ flushes: 0 })
  })

  it('demoted: reads nothing from a replica, which may lag behind', async () => {
    const [a, c] = [fleet.at('a'), fleet.at('c')]
    await c.command('REPLICAOF', a.host, `${a.port}`)
    await eventually(async () => expect(await c.command('INFO', 'replication')).to.include('master_link_status:up'))
    const [, reader] = await pair()
    const [id = ''] = mine
    await eventually(async () => expect(await fleet.stored('c', [id])).to.deep.equal([id]))
    const link = await startProxy(c)
    const moved = await fleet.join(fleet.targets(['b', 'c'], { a: link.url }))
    expect(await moved.region.get(id)).to.equal(1)
    expect(fleet.loads).to.deep.equal([id])
    await reader.region.get(id)
    expect(reader.cache.stats().total).to.include({ l2Hits: 1 })
    // It is the server that was wrong, and not the log: another one is asked for there.
    await eventually(() => expect(link.accepted).to.be.above(1))
    expect(moved.cache.stats()).to.include({ status: 'live', flushes: 0 })
    await moved.cache.close()
    await link.close()
  })
})

describe('An invalidation that does not reach a value server', function () {
  this.timeout(30_000)
  let fleet: ValueFleet
  let link: FaultProxy
  let mine: string[]
  let others: string[]
  let id: string
  let near: Member
  let far: Member

  beforeEach(async () => {
    fleet = await ValueFleet.start('a', 'b')
    mine = fleet.idsOn('a', 5)
    others = fleet.idsOn('b', 5)
    id = mine[0] ?? ''
    link = await startProxy(fleet.at('a'))
    near = await fleet.join()
    far = await fleet.join(viaLink())
    await fleet.fill(near, 'a', mine)
    await fleet.fill(near, 'b', others)
  })
  afterEach(async () => {
    await fleet.closing.all()
    await link.close()
    await fleet.stop()
  })

  const viaLink = () => fleet.targets(['b'], { a: link.url })

  /** As a server does that some processes can reach and others cannot. */
  function cutOff(): void {
    link.refuse()
    link.blackhole()
    link.cut()
  }

  it('of one process: nobody serves the old value that is still there, now or later', async () => {
    const reader = await fleet.join()
    const watches = [near, far, reader].map((member) => member.watch(id))
    await eventually(() => expect(reader.region.peek(id)).to.equal(1))
    cutOff()
    fleet.change(id)
    await far.region.invalidate(id)
    expect(await far.region.get(id)).to.equal(2)
    expect(await fleet.stored('a', [id]), 'the old value is still there').to.deep.equal([id])
    await eventually(() => expect(near.cache.stats().position).to.equal(far.cache.stats().position))
    // Before anybody has replaced it.
    const newcomer = await fleet.join()
    for (const watch of watches) await watch.stop()
    expect(await newcomer.region.get(id)).to.equal(2)
    expect(await near.region.get(id)).to.equal(2)
    link.heal()
    expect(await (await fleet.join(viaLink())).region.get(id)).to.equal(2)
  })

  it('of one process: a newcomer that asks Redis for the markers serves none of it', async () => {
    cutOff()
    fleet.change(id)
    await far.region.invalidate(id)
    expect(await fleet.stored('a', [id])).to.deep.equal([id])
    await eventually(() => expect(near.region.peek(id)).to.equal(undefined))
    expect((await near.region.inspect(id)).l2).to.include({ value: 1, state: 'dead' })
    const newcomer = await fleet.join()
    expect(await newcomer.region.get(id)).to.equal(2)
  })

  it('costs the values of that server in L2, and no others', async () => {
    cutOff()
    const reader = await fleet.join()
    await reader.region.getMany(mine)
    await far.region.invalidate(id)
    await eventually(() => expect(reader.region.peek(id)).to.equal(undefined))
    expect(mine.filter((other) => reader.region.peek(other))).to.deep.equal(mine.slice(1))
    const newcomer = await fleet.join()
    fleet.loads.splice(0)
    await newcomer.region.getMany([...mine, ...others])
    expect(fleet.loads).to.have.members(mine)
    expect(newcomer.cache.stats().total).to.include({ l2Hits: others.length })
    // They have been replaced, and count again.
    await eventually(async () => {
      const next = await fleet.join()
      await next.region.getMany(mine)
      expect(next.cache.stats().total).to.include({ l2Hits: mine.length })
    })
  })

  it('costs nothing where its keys are on other servers', async () => {
    cutOff()
    await far.region.invalidate(others)
    const newcomer = await fleet.join()
    await newcomer.region.getMany(mine)
    expect(newcomer.cache.stats().total).to.include({ l2Hits: mine.length })
  })

  it('of a publisher: is acknowledged, and nobody serves the old value', async () => {
    const publisher = fleet.publisher(viaLink())
    await publisher.invalidate({ region: 'r', keys: ['x'] })
    cutOff()
    fleet.change(id)
    await publisher.invalidate({ region: 'r', keys: [id] })
    expect(await fleet.stored('a', [id])).to.deep.equal([id])
    await eventually(() => expect(near.region.peek(id)).to.equal(undefined))
    expect(await near.region.get(id)).to.equal(2)
  })

  it('says so before the message itself: whoever has heard that has heard both', async () => {
    cutOff()
    await far.region.invalidate(id)
    const log = JSON.stringify(await fleet.log.command('XRANGE', '{shop}:log', '-', '+'))
    expect(log.indexOf('rescind:server:a')).to.be.within(0, log.lastIndexOf(id))
  })

  it('kills what was loaded before it and is stored after it', async () => {
    const held = new HeldLoads<number>()
    const [slowId = ''] = fleet.idsOn('a', 1, { region: 'slow' })
    const reading = near.cache.region('slow', { load: held.load }).get(slowId)
    const load = await held.call(0)
    cutOff()
    await far.region.invalidate(id)
    load.resolve(1)
    await reading
    await eventually(async () => expect(await fleet.at('a').command('EXISTS', `shop:slow:{${slowId}}`)).to.equal(1))
    const newcomer = await fleet.join()
    expect(await newcomer.cache.region('slow', { load: () => 2 }).get(slowId)).to.equal(2)
  })

  it('dies with its publisher between the two messages: the server is given up, and nothing else', async () => {
    // What it leaves in the log.
    await near.cache.invalidateTags(['rescind:server:a'])
    const newcomer = await fleet.join()
    fleet.loads.splice(0)
    await newcomer.region.getMany([...mine, ...others])
    expect(fleet.loads).to.have.members(mine)
  })
})
