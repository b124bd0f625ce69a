import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { ValueFleet } from './fixtures/value-fleet.ts'

describe('A cache whose values are spread over three servers', function () {
  this.timeout(30_000)
  let fleet: ValueFleet

  beforeEach(async () => {
    fleet = await ValueFleet.start('a', 'b', 'c')
  })
  afterEach(() => fleet.stop())

  it('has each value on the one that the ring says, where another process finds it, and none beside the log', async () => {
    const [one, other] = [await fleet.join(), await fleet.join()]
    const ids = ['a', 'b', 'c'].flatMap((name) => fleet.idsOn(name, 10))
    for (const name of ['a', 'b', 'c']) {
      await fleet.fill(one, name, fleet.idsOn(name, 10))
      expect(await fleet.stored(name, ids)).to.have.members(fleet.idsOn(name, 10))
    }
    await other.region.getMany(ids)
    expect(fleet.loads).to.have.lengthOf(30)
    expect(other.cache.stats().total).to.include({ l2Hits: 30, l2Errors: 0 })
    expect(await fleet.log.command('KEYS', 'shop:*')).to.deep.equal([])
  })

  it('removes each value from its server, and a publisher with the same servers does so', async () => {
    const [one, other] = [await fleet.join(), await fleet.join()]
    const publisher = fleet.publisher()
    const ids = ['a', 'b', 'c'].flatMap((name) => fleet.idsOn(name, 3))
    const invalidations = [
      () => one.region.invalidate(ids),
      () => publisher.invalidate({ region: 'r', keys: ids }),
      () => publisher.bump({ region: 'r', versions: Object.fromEntries(ids.map((id) => [id, 9])) }),
    ]
    for (const invalidate of invalidations) {
      await other.region.getMany(ids)
      for (const name of ['a', 'b', 'c']) {
        await fleet.fill(one, name, fleet.idsOn(name, 3))
      }
      fleet.change(...ids)
      await invalidate()
      for (const name of ['a', 'b', 'c']) {
        const left = (await fleet.at(name).command('KEYS', 'shop:*')) as string[]
        expect(left.filter((key) => !key.endsWith(':floor'))).to.deep.equal([])
      }
      await eventually(() => expect(ids.filter((id) => other.region.peek(id))).to.deep.equal([]))
      expect([...(await other.region.getMany(ids)).values()]).to.deep.equal(ids.map((id) => fleet.version(id)))
    }
    // Nobody had to give a whole server up.
    expect(await fleet.log.command('ZRANGE', '{shop}:tags', '0', '-1')).to.deep.equal(['epoch'])
  })

  it('drops by tag, by region and altogether what stands on any of them', async () => {
    const [one, other] = [await fleet.join(), await fleet.join()]
    const ids = ['a', 'b', 'c'].flatMap((name) => fleet.idsOn(name, 3))
    for (const clear of [() => one.region.clear(), () => one.cache.clear()]) {
      for (const name of ['a', 'b', 'c']) {
        await fleet.fill(one, name, fleet.idsOn(name, 3))
      }
      fleet.change(...ids)
      await clear()
      await eventually(() => expect(other.cache.stats().position).to.equal(one.cache.stats().position))
      expect([...(await other.region.getMany(ids)).values()]).to.deep.equal(ids.map((id) => fleet.version(id)))
    }
  })

  it('takes many values of one server with one script', async () => {
    const [one, other] = [await fleet.join(), await fleet.join()]
    const ids = fleet.idsOn('a', 16)
    await fleet.fill(one, 'a', ids)
    await other.region.get('warm')
    await fleet.at('a').command('CONFIG', 'RESETSTAT')
    await other.region.getMany(ids)
    expect(await fleet.at('a').command('INFO', 'commandstats')).to.match(/cmdstat_evalsha:calls=1,/)
    expect(other.cache.stats().total).to.include({ l2Hits: 16 })
  })

  it('lets one process load for all', async () => {
    const members = [await fleet.join(), await fleet.join(), await fleet.join()]
    const [id = ''] = fleet.idsOn('b', 1)
    expect(await Promise.all(members.map(({ region }) => region.get(id)))).to.deep.equal([1, 1, 1])
    expect(fleet.loads).to.deep.equal([id])
  })

  it('inspects a value where it is', async () => {
    const [one, other] = [await fleet.join(), await fleet.join()]
    const [id = ''] = fleet.idsOn('c', 1)
    await fleet.fill(one, 'c', [id])
    expect(await other.region.inspect(id)).to.deep.include({ l2Asked: true, l1: undefined })
    expect((await other.region.inspect(id)).l2).to.include({ value: 1, state: 'current' })
  })

  it('connects once to each server, for values only, and leaves no connection and nothing waiting', async () => {
    const member = await fleet.join()
    const publisher = fleet.publisher()
    await publisher.invalidate({ region: 'r', keys: ['x'] })
    for (const name of ['a', 'b', 'c']) {
      expect(await connectionsOf(fleet, name)).to.equal(2)
    }
    await Promise.all([member.cache.close(), publisher.close()])
    for (const name of ['a', 'b', 'c']) {
      await eventually(async () => expect(await connectionsOf(fleet, name)).to.equal(0))
    }
    expect(member.errors).to.deep.equal([])
  })
})

async function connectionsOf(fleet: ValueFleet, name: string): Promise<number> {
  const list = String(await fleet.at(name).command('CLIENT', 'LIST'))
  return list.split('\n').filter((line) => line.includes(`name=rescind:shop:${name} `)).length
}
