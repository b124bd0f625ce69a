import { expect } from 'chai'
import { describe, it } from 'mocha'
import { withFleet } from './fleet.ts'
import { drops, fill, numbered, versionsOf } from './items.ts'

describe('four nodes and a write service that only broadcasts', () => {
  it('drop what was written from every L1, read it anew, and keep what nobody wrote', () =>
    withFleet({ nodes: 4 }, async ({ nodes, writer, database }) => {
      const [written, untouched] = [numbered('written', 10), numbered('untouched', 10)]
      for (const node of nodes) await node.call('read', [...written, ...untouched])

      await writer.call('write', written)

      for (const node of nodes) {
        await drops(node, written)
        expect(await node.call('peek', untouched)).to.deep.equal(fill(10, 1))
      }
      for (const node of nodes) {
        expect(versionsOf(await node.call('read', written))).to.deep.equal(fill(10, 2))
        expect(await node.call('peek', untouched)).to.deep.equal(fill(10, 1))
        expect(await node.call('stats')).to.include({ status: 'live', flushes: 0, invalidationsApplied: 10 })
      }
      expect(await database.call('loads', [...written, ...untouched])).to.deep.equal([...fill(10, 2), ...fill(10, 1)])
    }))

  it('drop everything that carries an invalidated tag, and nothing else', () =>
    withFleet({ nodes: 4 }, async ({ nodes, writer }) => {
      const [shoes, hats] = [numbered('shoes:', 10), numbered('hats:', 10)]
      for (const node of nodes) await node.call('read', [...shoes, ...hats])

      expect(await writer.call('writeTagged', 'shoes', shoes)).to.deep.equal(fill(10, 2))

      for (const node of nodes) {
        await drops(node, shoes)
        expect(await node.call('peek', hats)).to.deep.equal(fill(10, 1))
      }
      for (const node of nodes) expect(versionsOf(await node.call('read', shoes))).to.deep.equal(fill(10, 2))
    }))

  it('hear what another node invalidates, which has dropped it before its own call resolves', () =>
    withFleet({ nodes: 4 }, async ({ nodes, database }) => {
      const [writing, ...hearing] = nodes
      for (const node of nodes) await node.call('read', ['a'])

      expect(await writing?.call('invalidate', ['a'])).to.deep.equal([undefined])

      for (const node of hearing) await drops(node, ['a'])
      for (const node of nodes) await node.call('read', ['a'])
      expect(await database.call('loads', ['a'])).to.deep.equal([2])
    }))
})
