import { expect } from 'chai'
import { describe, it } from 'mocha'
import { TagMarkers } from './tag-markers.ts'
import { refusal } from './trust-rule.ts'

const B = 5_000

function setUp() {
  const node = { provenAt: 0, strict: false, maxStalenessMs: B, markers: new TagMarkers() }
  const entry = { asOf: 9, freshAt: 1_000, expiresAt: 60_000, tags: ['red'], verifiedTick: node.markers.tick }
  return { node, entry }
}

describe('The trust rule', () => {
  it('goes by the later of the load and the proof, or by the proof alone if the node is strict', () => {
    const { node, entry } = setUp()
    expect([1_000 + B, 1_001 + B].map((now) => refusal(entry, node, now))).to.deep.equal([undefined, 'untrusted'])
    const strict = { ...node, strict: true }
    expect([B, B + 1].map((now) => refusal(entry, strict, now))).to.deep.equal([undefined, 'untrusted'])
    const proven = { ...node, provenAt: 2_000 }
    expect([2_000 + B, 2_001 + B].map((now) => refusal(entry, proven, now))).to.deep.equal([undefined, 'untrusted'])
  })

  it('says that an entry has expired rather than that it is not trusted', () => {
    const { node, entry } = setUp()
    expect([59_999, 60_000].map((now) => refusal(entry, node, now))).to.deep.equal(['untrusted', 'expired'])
  })

  it('refuses an entry by a tag that this node knows nothing of, without asking', () => {
    const { node, entry } = setUp()
    node.markers.reset(10)
    expect(refusal(entry, node, 1_000)).to.equal('tag-dead')
    expect(refusal({ ...entry, asOf: 10 }, node, 1_000)).to.equal(undefined)
  })
})
