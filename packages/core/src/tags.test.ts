import { expect } from 'chai'
import { describe, it } from 'mocha'
import { TagHistory } from './tag-history.ts'
import { TagMarkers } from './tag-markers.ts'

describe('TagMarkers', () => {
  it('calls an entry dead if a marker of its tags is above its asOf', () => {
    const markers = new TagMarkers()
    markers.mark('red', 5)
    expect(markers.verdict(['blue', 'red'], 4)).to.equal('dead')
    expect(markers.verdict(['blue', 'red'], 5)).to.equal('alive')
  })

  it('merges what Redis says by maximum, so that a later message is not overwritten', () => {
    const markers = new TagMarkers()
    markers.mark('red', 5)
    markers.learn('red', 2)
    expect(markers.verdict(['red'], 4)).to.equal('dead')
  })

  it('does not know a tag below the floor until it has asked', () => {
    const markers = new TagMarkers()
    markers.reset(10)
    expect(markers.verdict(['red'], 9)).to.equal('unknown')
    expect(markers.unknownAmong(['red', 'blue'], 9)).to.deep.equal(['red', 'blue'])
    expect(markers.verdict(['red'], 10)).to.equal('alive')
    markers.learn('red', 0)
    expect(markers.verdict(['red'], 9)).to.equal('alive')
  })

  it('raises the floor when it drops a marker, so that a dead entry never looks alive', () => {
    const markers = new TagMarkers({ maxTags: 2 })
    markers.mark('red', 5)
    markers.mark('blue', 6)
    markers.mark('green', 7)
    expect(markers.size).to.equal(2)
    expect(markers.verdict(['red'], 4)).to.equal('unknown')
    expect(markers.verdict(['red'], 5)).to.equal('alive')
  })
})

describe('TagHistory', () => {
  it('finds the earliest message since a load began, not the latest', () => {
    const history = new TagHistory()
    for (const [index, tag] of ['red', 'blue', 'red', 'red'].entries()) {
      history.record(tag, index + 1)
    }
    expect(history.earliestAfter(1, ['red'])).to.equal(3)
    expect(history.earliestAfter(0, ['red', 'blue'])).to.equal(1)
    expect(history.earliestAfter(4, ['red'])).to.equal(undefined)
    expect(history.earliestAfter(0, [])).to.equal(undefined)
  })

  it('finds nothing at a tick that never came, however long ago its place was last used', () => {
    const history = new TagHistory()
    for (let tick = 1; tick <= 1024; tick += 1) {
      history.record('red', tick)
    }
    history.record('blue', 1026)
    expect(history.earliestAfter(1024, ['red'])).to.equal(undefined)
    expect(history.earliestAfter(1024, ['red', 'blue'])).to.equal(1026)
    history.record('blue', 9_000)
    expect(history.earliestAfter(8_000, ['red', 'blue'])).to.equal(9_000)
  })

  it('assumes the worst when it does not reach back far enough', () => {
    const history = new TagHistory()
    for (let tick = 1; tick <= 1025; tick += 1) {
      history.record('blue', tick)
    }
    expect(history.earliestAfter(0, ['red'])).to.equal(1)
    expect(history.earliestAfter(1, ['red'])).to.equal(undefined)
  })
})
