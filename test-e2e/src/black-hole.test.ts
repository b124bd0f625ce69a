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
const batchSize = 40

describe('a node whose link to Redis loses every byte for 5 s while 1,000 items change', () => {
  it('never reads beyond the bound, has no stale item once the link is back, and keeps what nobody wrote', () =>
    withFleet({ nodes: 0, maxStalenessMs }, async ({ link, database, writer, addNode }) => {
      const check = new PromiseCheck(maxStalenessMs)
      const [written, untouched] = [numbered('written', 1000), numbered('untouched', 100)]
      const node = await addNode(link.url)
      await becomesLive(node)
      await node.call('read', [...written, ...untouched])

      link.blackhole()
      const endsAt = machineNow() + outageMs
      const { writes, reads } = await (async () => {
        const writes: Write[] = []
        let reads = 0
        while (machineNow() < endsAt) {
          const batch = written.slice(writes.length, writes.length + batchSize)
          const batchWrites = batch.length > 0 ? await writer.call('write', batch) : []
          check.wrote(batchWrites)
          writes.push(...batchWrites)
          const sample = sampleOf(written, 20)
          expect(check.broken(await node.call('read', sample))).to.deep.equal([])
          reads += sample.length
        }
        return { writes, reads }
      })()
      expect(writes).to.have.lengthOf(1000)
      expect(reads).to.be.above(500)

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
