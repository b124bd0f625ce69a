import { expect } from 'chai'
import { describe, it } from 'mocha'
import { withFleet } from './fleet.ts'
import { drops, fill, numbered, versionsOf } from './items.ts'

describe('a write service that has lost its way to Redis', () => {
  it('is told in time that nobody has heard, and all hear once the way is open again', () =>
    withFleet({ nodes: 3, maxStalenessMs: 30_000 }, async ({ nodes, writer, writerLink }) => {
      const [before, meanwhile] = [numbered('before', 5), numbered('meanwhile', 5)]
      for (const node of nodes) await node.call('read', [...before, ...meanwhile])
      await writer.call('write', before)

      writerLink.refuse()
      writerLink.cut()
      const writes = await writer.call('tryWrite', meanwhile)
      expect(writes.map(({ position }) => position)).to.deep.equal(fill(5, ''))

      writerLink.heal()
      for (const node of nodes) {
        await drops(node, [...before, ...meanwhile], 10_000)
        expect(versionsOf(await node.call('read', meanwhile))).to.deep.equal(fill(5, 2))
        expect(await node.call('stats')).to.include({ invalidationsApplied: 10, flushes: 0 })
      }
      expect(await writer.call('close'), 'broadcasts given up').to.equal(0)
    }))
})
