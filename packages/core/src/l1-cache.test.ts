import { InvalidArgumentError, monotonicClock } from '@rescind/options'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { useFakeTimers } from 'sinon'
import { B, regionCache } from './fixtures/region-cache.ts'

describe('L1Cache', () => {
  it('serves an entry for B after its load, with no proof of the node at all', () => {
    const { l1, time, put } = regionCache()
    time.now = 1_000
    put('a')
    time.now = 1_000 + B
    expect(l1.get('a')?.value).to.equal('value of a')
    time.now += 0.001
    expect(l1.get('a')).to.equal(undefined)
  })

  it('serves an untrusted entry again once the node has proven itself', () => {
    const { l1, node, time, put } = regionCache()
    put('a')
    time.now = B + 1
    expect(l1.peek('a')).to.equal(undefined)
    node.provenAt = B
    expect(l1.peek('a')?.value).to.equal('value of a')
  })

  it('never serves an expired entry and lets it go', () => {
    const { l1, time, put } = regionCache()
    put('a', { expiresAt: 10 })
    time.now = 9.9
    expect(l1.get('a')).not.to.equal(undefined)
    time.now = 10
    expect(l1.get('a')).to.equal(undefined)
    expect(l1.size).to.equal(0)
  })

  it('drops a key for a message that its load had not seen, and keeps it for one that it had', () => {
    const { l1, put } = regionCache()
    put('a', { asOf: 7 })
    expect(l1.invalidate('a', 7)).to.equal(false)
    expect(l1.peek('a')).not.to.equal(undefined)
    expect(l1.invalidate('a', 8)).to.equal(true)
    expect(l1.peek('a')).to.equal(undefined)
  })

  it('refuses an entry with an invalidated tag, and looks at tags again only after a further tag message', () => {
    const { l1, node, put } = regionCache()
    put('a', { tags: ['red'], asOf: 3 })
    put('b', { tags: ['blue'], asOf: 3 })
    node.markers.mark('red', 4)
    expect(l1.get('a')).to.equal(undefined)
    expect(l1.get('b')?.verifiedTick).to.equal(node.markers.tick)
  })

  it('drops what carries a tag when asked without a position', () => {
    const { l1, put } = regionCache()
    put('a', { tags: ['red'] })
    put('b', { tags: ['blue'] })
    l1.dropTagged(new Set(['red', 'green']))
    expect([l1.peek('a'), l1.peek('b')?.value]).to.deep.equal([undefined, 'value of b'])
  })

  it('fills in what an entry leaves out, and lets none be stale later than it expires', () => {
    const { l1, put } = regionCache()
    put('a', { expiresAt: 50 })
    put('b', { expiresAt: 50, staleAt: 70, version: 3n, cost: 8, computeMs: 4, tags: ['red'] })
    expect(l1.get('a')).to.include({ staleAt: 50, version: undefined, cost: 1, computeMs: 0 })
    expect(l1.get('a')?.tags).to.deep.equal([])
    expect(l1.get('b')).to.include({ staleAt: 50, version: 3n, cost: 8, computeMs: 4 })
  })

  it('judges by the time that it is told, without reading the clock', () => {
    const { l1, time, put } = regionCache()
    put('a', { expiresAt: 50 })
    time.now = 60
    expect(l1.peek('a', 49)?.value).to.equal('value of a')
    expect(l1.get('a', 49)?.value).to.equal('value of a')
    expect(l1.get('a')).to.equal(undefined)
  })

  it('rounds times towards safety, to whole milliseconds', () => {
    const { l1, put } = regionCache()
    put('a', { freshAt: 1.9, expiresAt: 50.9, staleAt: 40.9, computeMs: 2.1 })
    expect(l1.get('a', 2)).to.include({ freshAt: 1, expiresAt: 50, staleAt: 40, computeMs: 3 })
  })

  it('judges by a stricter bound for a reader that asks for one, and keeps the entry for others', () => {
    const { l1, time, put } = regionCache()
    put('a')
    time.now = 101
    expect(l1.get('a', 101, 100)).to.equal(undefined)
    expect(l1.peek('a', 101, 101)?.value).to.equal('value of a')
    expect(l1.get('a')?.value).to.equal('value of a')
  })

  it('serves a stale entry until it expires, and leaves the decision to the reader', () => {
    const { l1, time, put } = regionCache()
    put('a', { staleAt: 10, expiresAt: 20 })
    time.now = 15
    expect(l1.get('a')?.staleAt).to.equal(10)
    time.now = 20
    expect(l1.get('a')).to.equal(undefined)
  })

  it('never changes an entry that a reader has, when the key is set anew', () => {
    const { l1, put } = regionCache()
    put('a')
    const before = l1.get('a')
    put('a', { value: 'another' })
    expect([before?.value, l1.get('a')?.value]).to.deep.equal(['value of a', 'another'])
  })

  it('deletes whatever position the entry has', () => {
    const { l1, put } = regionCache()
    put('a', { asOf: Number.MAX_SAFE_INTEGER })
    expect([l1.delete('a'), l1.delete('a'), l1.size]).to.deep.equal([true, false, 0])
  })

  it('walks through what may be served, and leaves the order of use alone', () => {
    const { l1, node, time, put } = regionCache({ maxEntries: 3, policy: 'lru' })
    node.provenAt = -B
    put('a')
    put('b', { expiresAt: 10 })
    put('c', { freshAt: -B })
    time.now = 10
    expect([...l1.entries()].map(([key, { value }]) => [key, value])).to.deep.equal([['a', 'value of a']])
    put('d')
    expect(l1.peek('a')).to.equal(undefined)
  })

  it('leaves out of a walk what goes meanwhile', () => {
    const { l1, put } = regionCache()
    for (const key of ['a', 'b', 'c']) put(key)
    const seen: string[] = []
    for (const [key] of l1.entries()) {
      seen.push(key)
      l1.delete('b')
    }
    expect(seen).to.deep.equal(['a', 'c'])
  })

  it('reads the clock once for a hit, and not at all if it is told the time', () => {
    let reads = 0
    const { l1, put } = regionCache({ clock: () => reads++ && 0 })
    put('a')
    reads = 0
    l1.get('a')
    expect(reads).to.equal(1)
    l1.get('a', 0)
    l1.peek('a', 0)
    expect(reads).to.equal(1)
  })

  it('is driven by the fake timers of a test', () => {
    const timers = useFakeTimers()
    try {
      const now = monotonicClock()
      const { l1, put } = regionCache({ clock: monotonicClock })
      put('a', { freshAt: now, expiresAt: now + 1_000 })
      timers.tick(999)
      expect(l1.get('a')?.value).to.equal('value of a')
      timers.tick(1)
      expect(l1.get('a')).to.equal(undefined)
    } finally {
      timers.restore()
    }
  })

  const wrong: [string, object, string][] = [
    ['maxEntries', { maxEntries: 0 }, 'maxEntries must be a whole number from 1 to 8388608; received the number 0'],
    ['maxCost', { maxCost: 0.5 }, 'maxCost must be a whole number from 1 to'],
    ['policy', { policy: 'fifo' }, `policy must be 'adaptive' or 'lru'; received the string "fifo"`],
    ['isolate', { isolate: true }, "isolate must be 'freeze' or 'clone'; received the boolean true"],
    ['cost', { cost: 3 }, 'cost must be a function; received the number 3'],
    ['onRemoval', { onRemoval: 'no' }, 'onRemoval must be a function; received the string "no"'],
    ['a misspelt option', { maxEntry: 3 }, 'options of L1Cache must be options among node, maxEntries,'],
  ]
  for (const [what, options, message] of wrong) {
    it(`refuses a wrong ${what} and says what would be right`, () => {
      expect(() => regionCache(options)).to.throw(InvalidArgumentError, message)
    })
  }
})
