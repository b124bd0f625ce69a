import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mostWithin, recoveryOf } from './recovery.ts'

/** A read each ms from 900 to 1300; those that `isHit` says are answered from memory at once, the others in 5 ms. */
function process(isHit: (atMs: number) => boolean, loadsAtMs: readonly number[]) {
  const atMs = Float64Array.from({ length: 400 }, (_, n) => 900 + n)
  const hit = Uint8Array.from(atMs, (time) => Number(isHit(time)))
  const tookMs = Float64Array.from(hit, (isHitThere) => (isHitThere === 1 ? 0 : 5))
  return { reads: { atMs, tookMs, hit }, loadsAtMs: Float64Array.from(loadsAtMs) }
}

describe('recoveryOf', () => {
  it('lasts from the first window with misses to the end of the last, in any process', () => {
    const early = process((atMs) => atMs < 1045 || atMs >= 1065, [950, 1045, 1046])
    const late = process((atMs) => atMs < 1055 || atMs >= 1085, [1055, 1146])
    expect(recoveryOf([early, late], 1000)).to.deep.equal({
      loads: 4,
      peakLoads: 3,
      ms: 60,
      readsPercent: 100,
      p99Ms: 5,
    })
  })

  it('knows no duration of what was not felt', () => {
    expect(recoveryOf([process(() => true, [])], 1000)).to.deep.include({ loads: 0, peakLoads: 0, ms: Number.NaN })
  })
})

describe('mostWithin', () => {
  it('slides over the times', () => {
    expect(mostWithin(Float64Array.of(0, 60, 120, 130, 159, 160, 400), 100)).to.equal(4)
  })
})
