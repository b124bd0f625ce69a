import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type RegionCache, regionCache } from './fixtures/region-cache.ts'
import { useWarnings } from './fixtures/warnings.ts'

/** A cache of two entries with a tag each, and what its listener heard. */
function listened(maxEntries = 2): RegionCache & { readonly heard: string[] } {
  const heard: string[] = []
  const cache = regionCache({
    maxEntries,
    policy: 'lru',
    onRemoval: ({ key, entry, cause }) => heard.push(`${key} ${cause}: ${entry.value}`),
  })
  cache.put('a', { tags: ['red'], expiresAt: 50, version: 1 })
  cache.put('b', { tags: ['blue'], expiresAt: 60, version: 1 })
  return { ...cache, heard }
}

describe('The removals of L1Cache', () => {
  const warnings = useWarnings()
  const causes: [string, string, (cache: RegionCache) => void][] = [
    ['evicted when room is needed', 'a evicted', ({ put }) => put('c')],
    ['evicted when the bounds shrink', 'a evicted', ({ l1 }) => l1.resize({ maxEntries: 1 })],
    ['replaced when the key is set', 'a replaced', ({ put }) => put('a', { value: 'another' })],
    ['invalidated when the key is', 'a invalidated', ({ l1 }) => l1.invalidate('a', 1)],
    ['invalidated when the key is deleted', 'a invalidated', ({ l1 }) => l1.delete('a')],
    ['invalidated when a tag is', 'a invalidated', ({ l1 }) => l1.dropTagged(new Set(['red']))],
    ['invalidated when its version is outdated', 'a invalidated', ({ l1 }) => l1.bump('a', 2, 1)],
    [
      'invalidated when a read finds a marker',
      'a invalidated',
      ({ l1, node }) => {
        node.markers.mark('red', 1)
        l1.get('a')
      },
    ],
    [
      'expired when a read finds it past its time',
      'a expired',
      ({ l1, time }) => {
        time.now = 50
        l1.peek('a')
      },
    ],
    [
      'expired when pruning finds it past its time',
      'a expired',
      ({ l1, time }) => {
        time.now = 50
        l1.prune()
      },
    ],
  ]
  for (const [name, told, act] of causes) {
    it(`counts and tells what is ${name}`, () => {
      const cache = listened()
      act(cache)
      expect(cache.heard).to.deep.equal([`${told}: value of a`])
      const [, cause] = told.split(' ')
      const none = { expired: 0, evicted: 0, invalidated: 0, replaced: 0, cleared: 0 }
      expect(cache.l1.removals).to.deep.equal({ ...none, [String(cause)]: 1 })
    })
  }

  it('counts and tells each of all when they are cleared', () => {
    const { l1, heard } = listened()
    l1.clear()
    expect(heard).to.deep.equal(['a cleared: value of a', 'b cleared: value of b'])
    expect(l1.removals.cleared).to.equal(2)
  })

  it('gives counts that stay as they were', () => {
    const { l1 } = listened()
    const before = l1.removals
    l1.clear()
    expect(before.cleared).to.equal(0)
  })

  it('counts what is cleared without a listener too', () => {
    const { l1, put } = regionCache()
    put('a')
    l1.clear()
    expect(l1.removals.cleared).to.equal(1)
  })

  it('says nothing of what was refused and never held', () => {
    const { l1, put } = regionCache({ maxCost: 5 })
    put('a', { cost: 6 })
    l1.delete('a')
    expect(Object.values(l1.removals)).to.deep.equal([0, 0, 0, 0, 0])
  })

  it('tells of a removal when the cache is in order again: the new value is there, and the totals are right', () => {
    const seen: unknown[] = []
    const { l1, put } = regionCache({
      maxEntries: 1,
      onRemoval: () => seen.push([l1.size, l1.cost, l1.peek('a')?.value ?? l1.peek('b')?.value]),
    })
    put('a', { cost: 3 })
    put('a', { cost: 4, value: 'second' })
    put('b', { cost: 5 })
    expect(seen).to.deep.equal([
      [1, 4, 'second'],
      [1, 5, 'value of b'],
    ])
  })

  it('lets a listener use the cache, and tells it of what that removed afterwards', () => {
    const heard: string[] = []
    const { l1, put } = regionCache({
      onRemoval: ({ key }) => {
        heard.push(`${key} begins`)
        if (key === 'a') l1.delete('b')
        heard.push(`${key} ends`)
      },
    })
    put('a')
    put('b')
    l1.delete('a')
    expect(heard).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('is not broken by a listener that throws: the read goes on, the others are told, one warning is given', () => {
    const heard: string[] = []
    const { l1, time, put } = regionCache({
      onRemoval: ({ key }) => {
        heard.push(key)
        throw new Error(`not ${key}`)
      },
    })
    put('a', { expiresAt: 10 })
    put('b', { expiresAt: 10 })
    time.now = 10
    expect(l1.get('a')).to.equal(undefined)
    l1.clear()
    expect([heard, l1.size]).to.deep.equal([['a', 'b'], 0])
    expect(warnings()).to.deep.equal(['onRemoval of an L1Cache threw: not a. Further ones are not reported.'])
  })
})
