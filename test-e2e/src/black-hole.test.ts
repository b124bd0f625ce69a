import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { becomesLive, withFleet } from './fleet.ts'
import { fill, numbered, versionsOf } from './items.ts'
import { machineNow } from './machine-clock.ts'
import { PromiseCheck } from './promise-check.ts'
import type { Write } from './writer.ts'

const maxStalenessMs = 1000
const outageMs = 5000
/** Faster than the outage, so that its end sees bounds run out. */
const writingMs = 3000

describe('a node whose link to Redis loses every byte for 5 s while 1,000 items change', () => {
  it('never reads beyond the bound, has no stale item once the link is back, and keeps what nobody wrote', () =>
    withFleet({ nodes: 0, maxStalenessMs }, async ({ link, database, writer, addNode }) => {
      const check = new PromiseCheck(maxStalenessMs)
      const [written, untouched] = [numbered('written', 1000), numbered('untouched', 100)]
      const node = await addNode(link.url)
      await becomesLive(node)
      await node.call('read', [...written, ...untouched])

      link.blackhole()
      const beganAt = machineNow()
      const writes: Write[] = []
      for (let elapsedMs = 0; elapsedMs < outageMs; elapsedMs = machineNow() - beganAt) {
        const due = Math.ceil((written.length * elapsedMs) / writingMs)
        const batch = await writer.call('write', written.slice(writes.length, due))
        check.wrote(batch)
        writes.push(...batch)
        expect(check.broken(await node.call('read', sampleOf(written, 20)))).to.deep.equal([])
      }
      expect(writes).to.have.lengthOf(1000)

      link.cut()
      link.heal()
      const last = writes.at(-1)?.position
      await eventually(async () =>
        expect(await node.call('stats')).to.include({ status: 'live', position: last, flushes: 0 }),
      )
      for (const version of await node.call('peek', written)) expect(version).to.be.oneOf([undefined, 2])
      expect(await node.call('peek', untouched), 'L1, of what nobody wrote').to.deep.equal(fill(100, 1))
      expect(await database.call('loads', untouched)).to.deep.equal(fill(100, 1))
      expect(versionsOf(await node.call('read', written))).to.deep.equal(fill(1000, 2))
    }))
})

function sampleOf(ids: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => ids[Math.floor(Math.random() * ids.length)] ?? '')
}
