import { leaseKey, valueKey } from '@rescind/bus'
import { eventually, type RedisServer, rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { writeItems } from './database.ts'
import { busName, type CacheNode, type Fleet, withFleet } from './fleet.ts'
import { drops, fill, hear, numbered, versionsOf } from './items.ts'
import { tailOf } from './log-tail.ts'
import { shellWriter } from './shell-writer.ts'

const keys = ['a{b}', '', 'ключ', '%', "it's", '42']
const bumped = numbered('bumped', 3)
const shoes = numbered('shoes:', 5)
const hats = numbered('hats:', 5)
const others = numbered('other', 5)
const all = [...keys, ...bumped, ...shoes, ...hats, ...others]

const leases = (ids: readonly string[]) => ids.map((id) => leaseKey(busName, 'item', id))
const values = (ids: readonly string[]) => ids.map((id) => valueKey(busName, 'item', id))

async function readAll(nodes: readonly CacheNode[], expected: (id: string) => number): Promise<void> {
  for (const node of nodes) expect(versionsOf(await node.call('read', all))).to.deep.equal(all.map(expected))
}

/** As if somebody were loading them. */
async function lease(redis: RedisServer, ids: readonly string[]): Promise<void> {
  for (const key of leases(ids)) await redis.command('SET', key, 'token')
}

/**
 * Each node has heard so many names, drops these items and no others, and reads what was committed; nobody has flushed, or
 * ignored anything.
 */
async function expectDropped({ nodes }: Fleet, ids: readonly string[], heard: number): Promise<void> {
  const kept = all.filter((id) => !ids.includes(id))
  await hear(nodes, heard)
  for (const node of nodes) await drops(node, ids)
  for (const node of nodes) {
    expect(versionsOf(await node.call('read', ids))).to.deep.equal(fill(ids.length, 2))
    expect(await node.call('peek', kept), 'what is kept').not.to.include(undefined)
    expect(await node.call('stats')).to.include({ status: 'live', flushes: 0, ignored: 0 })
  }
}

describe('four nodes and a write service that has nothing but redis-cli', () => {
  it('drop what it names, from L1 and from Redis, and keep the rest', () =>
    withFleet({ nodes: 4 }, async (fleet) => {
      const { nodes, redis, databaseUrl } = fleet
      const broadcast = await shellWriter(redis)
      await readAll(nodes, () => 1)
      expect(await redis.command('EXISTS', ...values(all))).to.equal(all.length)

      for (const [heard, ids, what] of [
        [6, keys, ['invalidate', 'item', ...keys]],
        [9, bumped, ['bump', 'item', ...bumped.flatMap((id) => [id, '2'])]],
      ] as const) {
        await lease(redis, ids)
        await writeItems(databaseUrl, ids)
        const { position } = await broadcast(...what)
        expect(position).to.equal(await tailOf(redis))
        expect(await redis.command('EXISTS', ...values(ids), ...leases(ids)), 'values and leases').to.equal(0)
        expect(await redis.command('EXISTS', ...values(all))).to.equal(all.length - ids.length)
        await expectDropped(fleet, ids, heard)
      }
      await writeItems(databaseUrl, shoes)
      await broadcast('invalidate-tags', 'shoes', 'no such tag')
      await expectDropped(fleet, shoes, 11)

      await broadcast('clear', 'another')
      await expectDropped(fleet, [], 12)
      await writeItems(databaseUrl, [...hats, ...others])
      await broadcast('clear', 'another', 'item')
      await expectDropped(fleet, all, 14)
    }))

  it('start over when it clears everything', () =>
    withFleet({ nodes: 4 }, async ({ nodes, redis, databaseUrl, database }) => {
      const broadcast = await shellWriter(redis)
      await readAll(nodes, () => 1)
      await writeItems(databaseUrl, all)

      await broadcast('clear-all')

      for (const node of nodes) {
        await drops(node, all)
        await eventually(async () =>
          expect(await node.call('stats')).to.include({ status: 'live', flushes: 1, ignored: 0 }),
        )
      }
      await readAll(nodes, () => 2)
      expect(await database.call('loads', all)).to.deep.equal(fill(all.length, 2))
    }))

  it('hear nothing of what it got wrong, which has no effect', () =>
    withFleet({ nodes: 1 }, async ({ nodes, redis }) => {
      const broadcast = await shellWriter(redis)
      await readAll(nodes, () => 1)
      const tail = await tailOf(redis)
      for (const what of [['invalidate', 'item'], ['bump', 'item', '42', 'v2'], ['Invalidate', 'item', '42'], []]) {
        expect((await rejection(broadcast(...what))).message).to.match(/ERR Rescind: .* must be .*; received/)
      }
      expect(await tailOf(redis)).to.equal(tail)
      expect(await redis.command('EXISTS', ...values(all))).to.equal(all.length)
    }))
})
