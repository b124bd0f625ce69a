import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import type { RegionOptions } from './region-options.ts'

interface Cart {
  readonly items: string[]
}

describe('Readers of one value', () => {
  const closing = new Closing()

  afterEach(() => closing.all())

  /** Two who share a load, and one who comes later. */
  async function three(options: Partial<RegionOptions<Cart>>) {
    const loads = new HeldLoads<Cart>()
    const region = closing.add(createCache({ name: 'test' })).region('r', { load: loads.load, ...options })
    const reads = [region.get('a'), region.get('a')]
    const loaded = { items: ['tea'] }
    ;(await loads.call(0)).resolve(loaded)
    const [first, second] = await Promise.all(reads)
    return { loaded, all: [first, second, await region.get('a'), region.peek('a')] }
  }

  it('share it, unless said otherwise', async () => {
    const { loaded, all } = await three({})
    expect(new Set(all)).to.deep.equal(new Set([loaded]))
  })

  it('have a copy each, if they are kept apart by copies', async () => {
    const { loaded, all } = await three({ isolate: 'clone' })
    expect(new Set([...all, loaded]).size).to.equal(5)
    for (const cart of all) {
      expect(cart).to.deep.equal({ items: ['tea'] })
      cart?.items.push('salt')
    }
  })

  it('fail each on its own, if what was not to be kept cannot be copied for them', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region<() => void>('r', {
      load: async (_id, { skip }) => {
        skip()
        return () => {}
      },
      isolate: 'clone',
    })
    const read = () => region.get('a').catch(({ name }: Error) => name)
    expect(await Promise.all([read(), read()])).to.deep.equal(['DataCloneError', 'DataCloneError'])
    expect(cache.stats().total).to.include({ loads: 1, coalesced: 1 })
  })

  it('cannot change it, if they are kept apart by freezing', async () => {
    const { all } = await three({ isolate: 'freeze' })
    for (const cart of all) {
      expect(() => cart?.items.push('salt')).to.throw(TypeError)
    }
  })

  it('are told when the option is none', () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const options = JSON.parse('{"isolate":"copy"}')
    expect(() => cache.region('r', { load: async () => 1, ...options })).to.throw("isolate must be 'freeze' or 'clone'")
  })
})
