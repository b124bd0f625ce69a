import { eventually } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { becomesLive, withFleet } from './fleet.ts'
import { fill, numbered, versionsOf } from './items.ts'
import { PromiseCheck } from './promise-check.ts'

const maxStalenessMs = 1000
const ids = numbered('item', 20)

describe('a process that was stopped for longer than the bound while items changed', () => {
  for (const link of ['open', 'stalled'] as const) {
    it(`reads every one of them anew as the first thing it does, its link to Redis ${link}`, () =>
      withFleet({ nodes: 0, maxStalenessMs }, async (fleet) => {
        const { writer } = fleet
        const check = new PromiseCheck(maxStalenessMs)
        const node = await fleet.addNode(fleet.link.url)
        await becomesLive(node)
        await node.call('read', ids)

        node.pause()
        // Then what it missed is not even on its way when it wakes.
        if (link === 'stalled') fleet.link.stall()
        const writes = await writer.call('write', ids)
        check.wrote(writes)
        await passes(Math.max(...writes.map(({ ackedAt }) => ackedAt)) + maxStalenessMs + 100)
        // Both wait in its channel, so that it answers them before it has had time for anything else.
        const peeked = node.call('peek', ids)
        const asked = node.call('read', ids)
        node.resume()

        for (const version of await peeked) expect(version).to.be.oneOf([undefined, 2])
        const reads = await asked
        expect(check.broken(reads)).to.deep.equal([])
        expect(versionsOf(reads)).to.deep.equal(fill(20, 2))

        fleet.link.heal()
        await becomesLive(node)
        expect((await node.call('stats')).flushes).to.equal(0)
      }))
  }
})

async function passes(time: number): Promise<void> {
  await eventually(() => expect(machineNow(), 'the time').to.be.above(time))
}
