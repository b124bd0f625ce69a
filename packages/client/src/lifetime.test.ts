import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { l1Life, lifetimeOf } from './lifetime.ts'

const options = { ttlMs: 1_000, l1TtlMs: Number.POSITIVE_INFINITY, notFoundTtlMs: 100, ttlJitter: 0, graceMs: 50 }
const found = { found: true, ttlMs: undefined }

describe('The lifetime of a value', () => {
  it('is ttl, notFoundTtl for none, and in their place what the loader says', () => {
    const l2Ms = (loaded: { readonly found: boolean; readonly ttlMs: number | undefined }) =>
      lifetimeOf(loaded, options, 0.5).l2Ms
    expect([
      l2Ms(found),
      l2Ms({ ...found, found: false }),
      l2Ms({ ...found, ttlMs: 7 }),
      l2Ms({ found: false, ttlMs: 7 }),
    ]).to.deep.equal([1_000, 100, 7, 7])
  })

  it('is no longer in L1 than l1Ttl, and the grace comes after it', () => {
    expect(lifetimeOf(found, { ...options, l1TtlMs: 300 }, 0.5)).to.deep.equal({ l1Ms: 300, l2Ms: 1_000, graceMs: 50 })
    expect(lifetimeOf(found, { ...options, l1TtlMs: 3_000 }, 0.5)).to.deep.equal({
      l1Ms: 1_000,
      l2Ms: 1_000,
      graceMs: 50,
    })
  })

  it('is spread evenly over the jitter, that in L1 too', () => {
    const draws = Array.from({ length: 1_001 }, (_, n) => n / 1_001)
    for (const l1TtlMs of [300, Number.POSITIVE_INFINITY]) {
      const lives = draws.map((draw) => lifetimeOf(found, { ...options, l1TtlMs, ttlJitter: 0.1 }, draw))
      const full = Math.min(l1TtlMs, 1_000)
      const l1 = lives.map(({ l1Ms }) => l1Ms / full)
      for (const part of [l1, lives.map(({ l2Ms }) => l2Ms / 1_000)]) {
        expect(Math.min(...part)).to.be.within(0.899, 0.901)
        expect(Math.max(...part)).to.be.within(1.099, 1.101)
        expect(part.reduce((sum, one) => sum + one) / part.length).to.be.within(0.999, 1.001)
      }
    }
  })

  it('is a whole number of milliseconds in L2, at least one, and never longer in L1', () => {
    const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), part, part, (ttlMs, l1, a, b) => {
        const life = lifetimeOf({ found: true, ttlMs }, { ...options, l1TtlMs: l1, ttlJitter: a / 2 }, b)
        expect(Number.isInteger(life.l2Ms) && life.l2Ms >= 1).to.equal(true)
        expect(life.l1Ms).to.be.within(Math.min(l1 * 0.5, life.l2Ms), life.l2Ms)
      }),
    )
  })

  it('in L1 is what is left of it in L2, also when that is over', () => {
    expect([l1Life(40, { l1TtlMs: 300 }, 1), l1Life(-40, { l1TtlMs: 300 }, 1)]).to.deep.equal([40, -40])
  })
})
