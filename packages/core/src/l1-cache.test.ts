import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { L1Cache } from './l1-cache.ts'
import type { NewEntry } from './new-entry.ts'
import { TagMarkers } from './tag-markers.ts'

const B = 5_000

function setUp(maxEntries = 100) {
  const node = { provenAt: 0, strict: false, maxStalenessMs: B, markers: new TagMarkers() }
  const time = { now: 0 }
  const l1 = new L1Cache<string>({ node, maxEntries, clock: () => time.now })
  const put = (key: string, entry: Partial<NewEntry<string>> = {}) =>
    l1.set(key, {
      value: `value of ${key}`,
      asOf: 0,
      freshAt: time.now,
      expiresAt: Number.POSITIVE_INFINITY,
      tags: [],
      verifiedTick: node.markers.tick,
      ...entry,
    })
  return { l1, node, time, put }
}

describe('L1Cache', () => {
  it('serves an entry for B after its load, with no proof of the node at all', () => {
    const { l1, time, put } = setUp()
    time.now = 1_000
    put('a')
    time.now = 1_000 + B
    expect(l1.get('a')?.value).to.equal('value of a')
    time.now += 0.001
    expect(l1.get('a')).to.equal(undefined)
  })

  it('serves an untrusted entry again once the node has proven itself', () => {
    const { l1, node, time, put } = setUp()
    put('a')
    time.now = B + 1
    expect(l1.peek('a')).to.equal(undefined)
    node.provenAt = B
    expect(l1.peek('a')?.value).to.equal('value of a')
  })

  it('never serves an expired entry and lets it go', () => {
    const { l1, time, put } = setUp()
    put('a', { expiresAt: 10 })
    time.now = 9.9
    expect(l1.get('a')).not.to.equal(undefined)
    time.now = 10
    expect(l1.get('a')).to.equal(undefined)
    expect(l1.size).to.equal(0)
  })

  it('drops a key for a message that its load had not seen, and keeps it for one that it had', () => {
    const { l1, put } = setUp()
    put('a', { asOf: 7 })
    expect(l1.invalidate('a', 7)).to.equal(false)
    expect(l1.peek('a')).not.to.equal(undefined)
    expect(l1.invalidate('a', 8)).to.equal(true)
    expect(l1.peek('a')).to.equal(undefined)
  })

  it('refuses an entry with an invalidated tag, and looks at tags again only after a further tag message', () => {
    const { l1, node, put } = setUp()
    put('a', { tags: ['red'], asOf: 3 })
    put('b', { tags: ['blue'], asOf: 3 })
    node.markers.mark('red', 4)
    expect(l1.get('a')).to.equal(undefined)
    expect(l1.get('b')?.verifiedTick).to.equal(node.markers.tick)
  })

  it('drops what carries a tag when asked without a position', () => {
    const { l1, put } = setUp()
    put('a', { tags: ['red'] })
    put('b', { tags: ['blue'] })
    l1.dropTagged(new Set(['red', 'green']))
    expect([l1.peek('a'), l1.peek('b')?.value]).to.deep.equal([undefined, 'value of b'])
  })

  it('never holds more than maxEntries, whatever the order of writes and reads', () => {
    const operations = fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 300 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), operations, (maxEntries, steps) => {
        const { l1, put } = setUp(maxEntries)
        for (const [write, key] of steps) {
          if (write) put(String(key))
          else l1.get(String(key))
          expect(l1.size).to.be.at.most(maxEntries)
        }
      }),
    )
  })

  it('fills in what an entry leaves out, and lets none be stale later than it expires', () => {
    const { l1, put } = setUp()
    put('a', { expiresAt: 50 })
    put('b', { expiresAt: 50, staleAt: 70, version: 3n, cost: 8, computeMs: 4, tags: ['red'] })
    expect(l1.get('a')).to.include({ staleAt: 50, version: undefined, cost: 1, computeMs: 0 })
    expect(l1.get('a')?.tags).to.deep.equal([])
    expect(l1.get('b')).to.include({ staleAt: 50, version: 3n, cost: 8, computeMs: 4 })
  })

  it('judges by the time that it is told, without reading the clock', () => {
    const { l1, time, put } = setUp()
    put('a', { expiresAt: 50 })
    time.now = 60
    expect(l1.peek('a', 49)?.value).to.equal('value of a')
    expect(l1.get('a', 49)?.value).to.equal('value of a')
    expect(l1.get('a')).to.equal(undefined)
  })

  it('refuses a maxEntries that is no count', () => {
    expect(() => setUp(0)).to.throw('maxEntries must be a whole number from 1 to 8388608; received the number 0')
  })
})
