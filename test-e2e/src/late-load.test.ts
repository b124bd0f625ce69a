import { expect } from 'chai'
import { describe, it } from 'mocha'
import { withFleet } from './fleet.ts'
import { fill, hear, numbered, versionsOf } from './items.ts'

const rounds = 20

describe('a load that saw the item before another process changed it', () => {
  it('serves those who had asked, and leaves nothing in L1 or L2, 20 times out of 20', () =>
    withFleet({ nodes: 2 }, async ({ nodes, database, writer, redis, addNode }) => {
      const [loading, watching] = nodes
      const ids = numbered('overtaken', rounds)
      for (const [index, id] of ids.entries()) {
        await database.call('hold', id)
        const asked = loading?.call('readTogether', id, 2)
        await database.call('loading', id)
        await writer.call('write', [id])
        await hear(nodes, index + 1)
        await database.call('release', id)

        expect(await asked, 'what those who had asked got').to.deep.equal([1])
        expect(await watching?.call('readTogether', id, 1)).to.deep.equal([2])
      }
      expect(await loading?.call('peek', ids)).to.deep.equal(fill(rounds, undefined))
      expect(await watching?.call('peek', ids)).to.deep.equal(fill(rounds, 2))
      const fresh = await addNode(redis.url)
      expect(versionsOf(await fresh.call('read', ids)), 'what L2 holds').to.deep.equal(fill(rounds, 2))
      expect(versionsOf((await loading?.call('read', ids)) ?? [])).to.deep.equal(fill(rounds, 2))
      expect(await database.call('loads', ids), 'one for each version').to.deep.equal(fill(rounds, 2))
    }))

  it('leaves nothing either when it comes home together with the broadcast, 20 times out of 20', () =>
    withFleet({ nodes: 2 }, async ({ nodes, database, writer, redis, addNode }) => {
      const [loading, watching] = nodes
      const ids = numbered('neck-and-neck', rounds)
      for (const [index, id] of ids.entries()) {
        await database.call('hold', id)
        const asked = loading?.call('readTogether', id, 2)
        await database.call('loading', id)
        await Promise.all([writer.call('write', [id]), database.call('release', id)])

        expect(await asked, 'what those who had asked got').to.deep.equal([1])
        await hear(nodes, index + 1)
        expect(await loading?.call('peek', [id])).to.deep.equal([undefined])
        expect(await watching?.call('readTogether', id, 1)).to.deep.equal([2])
      }
      const fresh = await addNode(redis.url)
      for (const node of [...nodes, fresh]) {
        expect(versionsOf(await node.call('read', ids))).to.deep.equal(fill(rounds, 2))
      }
    }))
})
