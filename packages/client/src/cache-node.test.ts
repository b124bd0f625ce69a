import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { CacheNode } from './cache-node.ts'
import { CacheRegion } from './cache-region.ts'
import { MemoryHub } from './index.ts'

describe('CacheNode', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  async function setUp() {
    const node = new CacheNode({ name: 'test', hub: new MemoryHub() }, undefined)
    closing.add(node.bus)
    const region = new CacheRegion('test', 'r', { load: () => 'value', tags: () => ['tag'] }, node)
    node.attach('r', region)
    await node.bus.start()
    await region.get('a')
    const epoch = node.bus.position?.epoch ?? 0
    const tagged = {
      kind: 'invalidate-tags',
      id: 'id',
      origin: 'somebody',
      sentAt: 0,
      confirm: false,
      tags: ['tag'],
    } as const
    return { node, region, epoch, tagged }
  }

  it('ignores a late message of an epoch that it has left: the flush has seen to it, and the tag lives on', async () => {
    const { node, region, epoch, tagged } = await setUp()
    node.onMessage(tagged, { epoch: epoch - 1, seq: 1_000 })
    expect(region.peek('a')).to.equal('value')
    expect(await region.get('b')).to.equal('value')
    expect(region.peek('b')).to.equal('value')
  })

  it('takes a message of an epoch that it has not entered for newer than all that it holds', async () => {
    const { node, region, epoch, tagged } = await setUp()
    node.onMessage(tagged, { epoch: epoch + 1, seq: 0 })
    expect(region.peek('a')).to.equal(undefined)
  })
})
