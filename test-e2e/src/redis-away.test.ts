import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Read } from './cache-node.ts'
import { becomesLive, type CacheNode, type Fleet, withFleet } from './fleet.ts'
import { drops, fill, numbered, versionsOf } from './items.ts'

interface Absence {
  readonly what: string
  begin(fleet: Fleet): Promise<void>
  end(fleet: Fleet): Promise<void>
}

const loadMs = 5

const absences: readonly Absence[] = [
  {
    what: 'does not run',
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.restart(),
  },
  {
    what: 'closes every connection',
    async begin({ link }) {
      link.refuse()
      link.cut()
    },
    end: async ({ link }) => link.heal(),
  },
  {
    what: 'is frozen',
    begin: async ({ redis }) => redis.pause(),
    end: async ({ redis }) => redis.resume(),
  },
]

for (const { what, begin, end } of absences) {
  describe(`a node while Redis ${what}`, () => {
    it('starts, reads through its loader without delay, and joins once Redis is there', () =>
      withFleet({ nodes: 0 }, async (fleet) => {
        await fleet.database.call('delay', loadMs)
        await begin(fleet)
        const node = await fleet.addNode(fleet.link.url)

        await readsAtLoaderSpeed(node, 'a')
        expect((await node.call('stats')).status).to.equal('connecting')

        await end(fleet)
        await joins(fleet, node)
      }))

    it('reads on through its loader when that happens later, and joins again', () =>
      withFleet({ nodes: 0 }, async (fleet) => {
        await fleet.database.call('delay', loadMs)
        const node = await fleet.addNode(fleet.link.url)
        await becomesLive(node)
        await node.call('read', ['held'])
        await begin(fleet)

        expect(await node.call('peek', ['held']), 'L1, within the bound').to.deep.equal([1])
        await readsAtLoaderSpeed(node, 'a')
        await notices(node)
        await readsAtLoaderSpeed(node, 'b')

        await end(fleet)
        await joins(fleet, node)
      }))
  })
}

/** Bounds that leave much for a busy machine: nothing waits for Redis longer than once, and that is cut short. */
async function readsAtLoaderSpeed(node: CacheNode, prefix: string): Promise<void> {
  for (const read of await node.call('read', numbered(`${prefix}-first`, 50))) {
    expect(read.version).to.equal(1)
    expect(durationMs(read, read), 'ms of a first read').to.be.below(1000)
  }
  const reads = await node.call('readInTurn', numbered(prefix, 20))
  expect(versionsOf(reads)).to.deep.equal(fill(20, 1))
  expect(durationMs(reads[0], reads[19]), 'ms of 20 reads').to.be.below(1000)
}

async function notices(node: CacheNode): Promise<void> {
  await eventually(async () => expect((await node.call('stats')).status).to.equal('connecting'))
}

function durationMs(first: Read | undefined, last: Read | undefined): number {
  return (last?.endedAt ?? Number.NaN) - (first?.beganAt ?? Number.NaN)
}

async function joins({ writer }: Fleet, node: CacheNode): Promise<void> {
  await becomesLive(node)
  await node.call('read', ['heard'])
  const [write] = await writer.call('write', ['heard'])
  expect(write?.version).to.equal(2)
  await drops(node, ['heard'])
  expect(versionsOf(await node.call('read', ['heard']))).to.deep.equal([2])
}
