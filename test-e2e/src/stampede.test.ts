import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type CacheNode, withFleet } from './fleet.ts'
import { drops, hear } from './items.ts'

const readsPerNode = 250
const loadMs = 100

describe('a thousand concurrent reads of one item over four processes', () => {
  it('cost one load when nobody holds it', () =>
    withFleet({ nodes: 4 }, async ({ nodes, database }) => {
      await database.call('delay', loadMs)
      expect(await stampede(nodes, 'cold')).to.deep.equal([[1], [1], [1], [1]])
      expect(await database.call('loads', ['cold'])).to.deep.equal([1])
    }))

  it('cost one more load once all have heard that it changed', () =>
    withFleet({ nodes: 4 }, async ({ nodes, database, writer }) => {
      await database.call('delay', loadMs)
      await stampede(nodes, 'hot')

      await writer.call('write', ['hot'])
      for (const node of nodes) await drops(node, ['hot'])

      expect(await stampede(nodes, 'hot')).to.deep.equal([[2], [2], [2], [2]])
      expect(await database.call('loads', ['hot'])).to.deep.equal([2])
    }))

  it('cost one more load for each change while they go on without a pause', () =>
    withFleet({ nodes: 4 }, async ({ nodes, database, writer }) => {
      const changes = 5
      await stampede(nodes, 'busy')
      for (let change = 1; change <= changes; change++) {
        // The nodes learn of it at different moments, in the midst of their reads.
        const [versions] = await Promise.all([stampede(nodes, 'busy'), writer.call('write', ['busy'])])
        for (const version of versions.flat()) expect(version).to.be.oneOf([change, change + 1])
        await hear(nodes, change)
        for (const node of nodes) expect(await node.call('readTogether', 'busy', 1)).to.deep.equal([change + 1])
      }
      expect(await database.call('loads', ['busy'])).to.deep.equal([1 + changes])
    }))
})

/** The different versions that each node got. */
function stampede(nodes: readonly CacheNode[], id: string): Promise<number[][]> {
  return Promise.all(nodes.map((node) => node.call('readTogether', id, readsPerNode)))
}
