import { eventually } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { becomesLive, withFleet } from './fleet.ts'
import { fill, numbered, versionsOf } from './items.ts'
import { tailOf } from './log-tail.ts'
import { PromiseCheck } from './promise-check.ts'

const maxStalenessMs = 1000
const outageMs = 5000
/** Faster than the outage, so that its end sees bounds run out. */
const writingMs = 3000

describe('a node whose link to Redis loses every byte for 5 s while 1,000 items change', () => {
  it('never reads beyond the bound, has no stale item once the link is back, and keeps what nobody wrote', () =>
    withFleet({ nodes: 0, maxStalenessMs }, async ({ redis, link, database, writer, addNode }) => {
      const check = new PromiseCheck(maxStalenessMs)
      const [changing, untouched] = [numbered('changing', 1000), numbered('untouched', 100)]
      // The others are still in L1 as they were when the link is back.
      const watched = changing.filter((_id, index) => index % 2 === 0)
      const node = await addNode(link.url)
      await becomesLive(node)
      await node.call('read', [...changing, ...untouched])

      link.blackhole()
      const beganAt = machineNow()
      let written = 0
      for (let elapsedMs = 0; elapsedMs < outageMs; elapsedMs = machineNow() - beganAt) {
        const due = Math.ceil((changing.length * elapsedMs) / writingMs)
        const writes = await writer.call('write', changing.slice(written, due))
        written += writes.length
        check.wrote(writes)
        expect(check.broken(await node.call('read', sampleOf(watched, 20)))).to.deep.equal([])
      }
      expect(written).to.equal(1000)

      link.cut()
      link.heal()
      const position = await tailOf(redis)
      await eventually(async () =>
        expect(await node.call('stats')).to.include({ status: 'live', position, flushes: 0 }),
      )
      for (const version of await node.call('peek', changing)) expect(version).to.be.oneOf([undefined, 2])
      expect(await node.call('peek', untouched), 'L1, of what nobody wrote').to.deep.equal(fill(100, 1))
      expect(await database.call('loads', untouched)).to.deep.equal(fill(100, 1))
      expect(versionsOf(await node.call('read', changing))).to.deep.equal(fill(1000, 2))
    })).timeout(60_000)
})

function sampleOf(ids: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => ids[Math.floor(Math.random() * ids.length)] ?? '')
}
