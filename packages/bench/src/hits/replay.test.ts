import { expect } from 'chai'
import { describe, it } from 'mocha'
import { keepInMap } from '../local/map.ts'
import { replayHits } from './replay.ts'

describe('replayHits', () => {
  it('counts the reads of what was read before and not invalidated since', () => {
    const events = Int32Array.from([0, 1, 0, ~0, 0, 0, ~1, 1])
    expect(replayHits(events, 2, keepInMap(), 2)).to.equal(2)
  })

  it('refuses a cache that holds more than the others may', () => {
    const events = Int32Array.from([0, 1, 2])
    expect(() => replayHits(events, 3, keepInMap(), 2)).to.throw('A cache of 2 entries holds 3')
  })

  it('looks in between too, since a cache may hold less in the end', () => {
    const events = Int32Array.from([0, 1, 2, ~0])
    expect(() => replayHits(events, 3, keepInMap(), 2)).to.throw('A cache of 2 entries holds 3')
  })

  it('looks when all is over, too', () => {
    const events = new Int32Array(40)
    events[39] = 1
    expect(() => replayHits(events, 2, keepInMap(), 1)).to.throw('A cache of 1 entries holds 2')
  })
})
