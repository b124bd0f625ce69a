import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type Member, ValueFleet } from './fixtures/value-fleet.ts'

const OLD = ['a', 'b', 'c']

describe('When a server is added to three others', function () {
  this.timeout(30_000)
  let fleet: ValueFleet
  /** Ids whose values are on `c` among the old servers, and on `d` among the new ones. */
  let moved: string[]
  /** Ids whose values are on `c` either way. */
  let kept: string[]

  beforeEach(async () => {
    fleet = await ValueFleet.start('a', 'b', 'c', 'd')
    const before = fleet.idsOn('c', 1_000, { among: OLD })
    const after = fleet.idsOn('d', 1_000)
    moved = before.filter((id) => after.includes(id)).slice(0, 5)
    kept = before.filter((id) => !after.includes(id)).slice(0, 5)
  })
  afterEach(() => fleet.stop())

  const joinOld = () => fleet.join(fleet.targets(OLD))
  const inStep = (...members: Member[]) =>
    eventually(() => expect(new Set(members.map(({ cache }) => cache.stats().position)).size).to.equal(1))

  it('about a quarter of the values is loaded anew, and all others are still there', async () => {
    const before = await joinOld()
    const ids = Array.from({ length: 400 }, (_, n) => `id-${n}`)
    const stay = new Set(OLD.flatMap((name) => fleet.idsOn(name, 400)).filter((id) => ids.includes(id)))
    for (const name of OLD) {
      await fleet.fill(
        before,
        name,
        fleet.idsOn(name, 400, { among: OLD }).filter((id) => ids.includes(id)),
      )
    }
    await before.cache.close()
    fleet.loads.splice(0)
    const after = await fleet.join()
    await after.region.getMany(ids)
    const loaded = ids.filter((id) => !stay.has(id))
    expect(fleet.loads).to.have.members(loaded)
    expect(loaded.length / ids.length).to.be.within(0.15, 0.35)
    await eventually(async () => expect(await fleet.stored('d', loaded)).to.deep.equal(loaded))
  })

  it('a process that has yet to learn of it serves nothing that one with it has invalidated', async () => {
    const old = await joinOld()
    await fleet.fill(old, 'c', [...moved, ...kept])
    const fresh = await fleet.join()
    fleet.change(...moved, ...kept)
    await fresh.region.invalidate([...moved, ...kept])
    expect(await fleet.stored('c', moved), 'the old values are still there').to.deep.equal(moved)
    expect(await fleet.stored('c', kept)).to.deep.equal([])
    const later = await joinOld()
    await inStep(old, fresh, later)
    for (const { region } of [old, later]) {
      expect((await region.inspect(moved[0] ?? '')).l2).to.include({ value: 1, state: 'dead' })
      expect([...(await region.getMany([...moved, ...kept])).values()]).to.deep.equal(Array(10).fill(2))
    }
    // Those that moved were not even asked for there.
    expect(old.cache.stats().total).to.include({ l2Misses: 10 + kept.length })
  })

  it('a process with it serves nothing that one without it has invalidated, nor what a publisher has', async () => {
    const fresh = await fleet.join()
    const old = await joinOld()
    const publisher = fleet.publisher(fleet.targets(OLD))
    for (const invalidate of [
      () => old.region.invalidate(moved),
      () => publisher.invalidate({ region: 'r', keys: moved }),
    ]) {
      // By one who has it: the last who wrote.
      await fresh.region.invalidate('another')
      await fleet.fill(fresh, 'd', moved)
      fleet.change(...moved)
      await invalidate()
      expect(await fleet.stored('d', moved), 'the old values are still there').to.deep.equal(moved)
      await eventually(() => expect(moved.filter((id) => fresh.region.peek(id))).to.deep.equal([]))
      const later = await fleet.join()
      for (const { region } of [fresh, later]) {
        expect([...(await region.getMany(moved)).values()]).to.deep.equal(moved.map((id) => fleet.version(id)))
      }
    }
  })

  it('what does not move is shared between those with it and those without', async () => {
    const old = await joinOld()
    const fresh = await fleet.join()
    await fleet.fill(old, 'c', kept)
    await fresh.region.invalidate('another')
    await old.region.invalidate('another')
    await inStep(old, fresh)
    fleet.loads.splice(0)
    await fresh.region.getMany(kept)
    expect(fleet.loads).to.deep.equal([])
    fleet.change(...kept)
    await fresh.region.invalidate(kept)
    await inStep(old, fresh)
    await fleet.fill(fresh, 'c', kept)
    expect([...(await old.region.getMany(kept)).values()]).to.deep.equal(kept.map(() => 2))
    expect(fleet.loads).to.have.members(kept)
  })

  it('and taken away again, nothing is served that was left on the old servers', async () => {
    const old = await joinOld()
    await fleet.fill(old, 'c', moved)
    await old.cache.close()
    const fresh = await fleet.join()
    fleet.change(...moved)
    await fresh.region.invalidate(moved)
    await fresh.cache.close()
    expect(await fleet.stored('c', moved), 'the old values are still there').to.deep.equal(moved)
    const again = await joinOld()
    await again.region.invalidate('another')
    await again.cache.close()
    const later = await joinOld()
    expect([...(await later.region.getMany(moved)).values()]).to.deep.equal(moved.map(() => 2))
  })

  it('says it once, and then no more', async () => {
    const [old, fresh] = [await joinOld(), await fleet.join()]
    const messages = async () =>
      String(await fleet.log.command('XRANGE', '{shop}:log', '-', '+')).split('rescind:layout').length - 1
    await old.region.getMany(kept)
    await old.region.invalidate(kept)
    const before = await messages()
    for (let n = 0; n < 5; n += 1) {
      await fresh.region.invalidate(kept)
    }
    expect([before, await messages()]).to.deep.equal([1, 2])
  })
})

describe('When values move from beside the log to servers of their own', function () {
  this.timeout(30_000)
  let fleet: ValueFleet
  const ids = ['x', 'y', 'z']

  beforeEach(async () => {
    fleet = await ValueFleet.start('a', 'b')
  })
  afterEach(() => fleet.stop())

  const values = async ({ region }: Member) => [...(await region.getMany(ids)).values()]

  it('neither side serves what the other has invalidated', async () => {
    const [beside, apart] = [await fleet.join({}), await fleet.join()]
    await beside.region.getMany(ids)
    await eventually(async () => expect(await fleet.log.command('KEYS', 'shop:*')).to.have.lengthOf(3))
    fleet.change(...ids)
    await apart.region.invalidate(ids)
    expect(await fleet.log.command('KEYS', 'shop:*'), 'the old values are still there').to.have.lengthOf(3)
    await eventually(() => expect(beside.region.peek('x')).to.equal(undefined))
    expect(await values(beside)).to.deep.equal([2, 2, 2])
    expect(await values(await fleet.join({}))).to.deep.equal([2, 2, 2])
    await apart.region.getMany(ids)
    fleet.change(...ids)
    await beside.region.invalidate(ids)
    await eventually(() => expect(apart.region.peek('x')).to.equal(undefined))
    expect(await values(apart)).to.deep.equal([3, 3, 3])
    expect(await values(await fleet.join())).to.deep.equal([3, 3, 3])
  })

  it('neither side does so after everything was cleared, when nobody has said anything yet', async () => {
    const [beside, apart] = [await fleet.join({}), await fleet.join()]
    await apart.region.getMany(ids)
    await beside.cache.clear()
    await eventually(() => expect(apart.cache.stats()).to.include({ flushes: 1 }))
    // So that positions of the epoch before would not do.
    for (const tag of ['a', 'b', 'c', 'd']) {
      await apart.cache.invalidateTags([tag])
    }
    await apart.region.getMany(ids)
    await eventually(async () => {
      const stored = await Promise.all(['a', 'b'].map((name) => fleet.stored(name, ids)))
      expect(stored.flat()).to.have.members(ids)
    })
    fleet.change(...ids)
    await beside.region.invalidate(ids)
    await eventually(() => expect(apart.region.peek('x')).to.equal(undefined))
    expect(await values(apart)).to.deep.equal([2, 2, 2])
  })

  it('all is as before once everything was cleared', async () => {
    const [apart] = [await fleet.join()]
    await apart.region.getMany(ids)
    await apart.cache.close()
    const beside = await fleet.join({})
    await beside.region.getMany(ids)
    expect(await fleet.log.command('KEYS', 'shop:*')).to.deep.equal([])
    await beside.cache.clear()
    await beside.region.getMany(ids)
    await eventually(async () => expect(await fleet.log.command('KEYS', 'shop:*')).to.have.lengthOf(3))
  })
})
