import { expect } from 'chai'
import { RegionMarker } from './region-marker.ts'

describe('RegionMarker', () => {
  it('kills what was loaded before the region was cleared', () => {
    const marker = new RegionMarker()
    marker.mark(5)
    marker.mark(3)
    expect([4, 5].map((asOf) => marker.verdict(asOf))).to.deep.equal(['dead', 'alive'])
  })

  it('cannot tell, before it has asked, of what was loaded before this node began', () => {
    const marker = new RegionMarker()
    marker.mark(5)
    marker.reset(10)
    expect([9, 10].map((asOf) => marker.verdict(asOf))).to.deep.equal(['unknown', 'alive'])
    marker.mark(7)
    marker.learned()
    expect([6, 7].map((asOf) => marker.verdict(asOf))).to.deep.equal(['dead', 'alive'])
  })
})
