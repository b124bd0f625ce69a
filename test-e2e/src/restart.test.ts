import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { becomesLive, type Fleet, withFleet } from './fleet.ts'
import { drops, fill, numbered, versionsOf } from './items.ts'
import { tailOf } from './log-tail.ts'
import { PromiseCheck } from './promise-check.ts'
import { Traffic } from './traffic.ts'

const maxStalenessMs = 1000
const ids = numbered('item', 30)

describe('a Redis that is killed under traffic and comes back empty', () => {
  it('costs each node one flush, and nobody reads beyond the bound or keeps a stale item', () =>
    withFleet({ nodes: 3, maxStalenessMs }, async (fleet) => {
      const traffic = new Traffic(fleet, ids)
      try {
        await killAndRestart(fleet, traffic)
      } finally {
        await traffic.stop()
      }
      const check = new PromiseCheck(maxStalenessMs)
      check.wrote(traffic.writes)
      expect(check.broken(traffic.reads)).to.deep.equal([])

      expect(await fleet.writer.call('close'), 'broadcasts given up').to.equal(0)
      const position = await tailOf(fleet.redis)
      for (const node of fleet.nodes) {
        await eventually(async () =>
          expect(await node.call('stats')).to.include({ status: 'live', flushes: 1, position }),
        )
        for (const [index, version] of (await node.call('peek', ids)).entries()) {
          expect(version, `L1 of item${index}`).to.be.oneOf([undefined, traffic.latest[index]])
        }
        expect(versionsOf(await node.call('read', ids))).to.deep.equal(traffic.latest)
      }
      const fresh = await fleet.addNode(fleet.redis.url)
      expect(versionsOf(await fresh.call('read', ids)), 'L2').to.deep.equal(traffic.latest)
    })).timeout(60_000)

  it('leaves nothing stale where its last broadcasts were lost with it', () =>
    withFleet({ nodes: 0, maxStalenessMs: 30_000 }, async ({ redis, link, writer, addNode }) => {
      const node = await addNode(link.url)
      await becomesLive(node)
      await node.call('read', ids)

      link.blackhole()
      await writer.call('write', ids)
      expect(await node.call('peek', ids), 'L1, which has not heard').to.deep.equal(fill(ids.length, 1))
      await redis.restart()
      link.cut()
      link.heal()

      await drops(node, ids, 10_000)
      expect(versionsOf(await node.call('read', ids))).to.deep.equal(fill(ids.length, 2))
      expect(await node.call('stats')).to.include({ status: 'live', flushes: 1, invalidationsApplied: 0 })
    }))
})

async function killAndRestart({ redis, nodes }: Fleet, traffic: Traffic): Promise<void> {
  const hot = traffic.reads.length + 1000
  await eventually(() => expect(traffic.reads, 'reads before').to.have.length.above(hot))

  await redis.kill()
  await eventually(() => {
    const unheard = traffic.writes.filter(({ position }) => position === '')
    expect(unheard, 'writes that nobody was told of').to.have.length.above(8)
  })

  await redis.restart()
  for (const node of nodes) {
    await eventually(async () => expect(await node.call('stats')).to.include({ status: 'live', flushes: 1 }))
  }
  const cooled = traffic.reads.length + 1000
  await eventually(() => expect(traffic.reads, 'reads after').to.have.length.above(cooled))
}
