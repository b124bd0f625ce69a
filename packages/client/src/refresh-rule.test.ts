import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { seeded } from './fixtures/seeded.ts'
import { type Aged, dueOf, needsLook, type RefreshOptions } from './refresh-rule.ts'

const options: RefreshOptions = { beta: 0, refreshAhead: 1, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
/** Loaded at 0 in 10 ms, current until 1,000. */
const entry: Aged = { freshAt: 0, staleAt: 1_000, computeMs: 10 }

describe('What is due for a value', () => {
  const cases: readonly (readonly [options: Partial<RefreshOptions>, now: number, due: string])[] = [
    [{}, 999, 'fresh'],
    [{}, 1_000, 'expired'],
    [{ staleWhileRevalidateMs: 50 }, 1_000, 'refresh'],
    [{ staleWhileRevalidateMs: 50 }, 1_049, 'refresh'],
    [{ staleWhileRevalidateMs: 50 }, 1_050, 'expired'],
    [{ staleIfErrorMs: 50 }, 1_000, 'fallback'],
    [{ staleIfErrorMs: 50 }, 1_050, 'expired'],
    [{ staleWhileRevalidateMs: 50, staleIfErrorMs: 80 }, 1_049, 'refresh'],
    [{ staleWhileRevalidateMs: 50, staleIfErrorMs: 80 }, 1_050, 'fallback'],
    [{ staleWhileRevalidateMs: 50, staleIfErrorMs: 80 }, 1_080, 'expired'],
    [{ staleWhileRevalidateMs: 80, staleIfErrorMs: 50 }, 1_079, 'refresh'],
    [{ staleWhileRevalidateMs: 80, staleIfErrorMs: 50 }, 1_080, 'expired'],
    [{ refreshAhead: 0.8 }, 799, 'fresh'],
    [{ refreshAhead: 0.8 }, 800, 'refresh'],
    [{ refreshAhead: 0.8 }, 1_000, 'expired'],
  ]

  for (const [given, now, due] of cases) {
    it(`is ${due} ${now} ms after its load, of which it was current for 1000, with ${JSON.stringify(given)}`, () => {
      for (const random of [0, 0.5, 1 - Number.EPSILON]) {
        expect(dueOf(entry, now, { ...options, ...given }, random)).to.equal(due)
      }
    })
  }

  it('is a refresh if the draw, beta and the time of the load together reach the expiry', () => {
    // -ln(1 - 0.5) = 0.693…: with beta 1 it reaches 6.93 ms ahead, with beta 2 13.86 ms.
    const due = (beta: number, leftMs: number) => dueOf(entry, 1_000 - leftMs, { ...options, beta }, 0.5)
    expect([due(1, 6.9), due(1, 7), due(2, 13.8), due(2, 13.9)]).to.deep.equal(['refresh', 'fresh', 'refresh', 'fresh'])
    expect(dueOf({ ...entry, computeMs: 100 }, 931, { ...options, beta: 1 }, 0.5)).to.equal('refresh')
  })

  it('is never found out later than by the closer look, and never skips it where it matters', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    const ms = fc.double({ min: 0, max: 10_000, noNaN: true })
    fc.assert(
      fc.property(
        fc.record({ beta: fc.double({ min: 0, max: 100, noNaN: true }), refreshAhead: part, life: ms, computeMs: ms }),
        fc.record({ at: fc.double({ min: 0, max: 1.2, noNaN: true }), random: part }),
        ({ beta, refreshAhead, life, computeMs }, { at, random }) => {
          const given = { ...options, beta, refreshAhead, staleWhileRevalidateMs: 100, staleIfErrorMs: 200 }
          const aged = { freshAt: 5, staleAt: 5 + life, computeMs }
          const now = 5 + life * at
          if (!needsLook(aged, now, given)) {
            // What is left out is rarer than one in 10^8 reads.
            expect(dueOf(aged, now, given, Math.min(random, 1 - 1e-8))).to.equal('fresh')
          }
        },
      ),
    )
    expect(needsLook(entry, 500, { ...options, beta: 1, refreshAhead: 0.9 })).to.equal(false)
  })
})

describe('XFetch without coalescing', () => {
  /** How many reads begin to recompute one value before the first of them has finished, on average. */
  function meanRecomputations(beta: number, draw: () => number): number {
    const computeMs = 100
    const readsPerMs = 1
    const expiries = 6_000
    const aged = { freshAt: 0, staleAt: 1_000_000, computeMs }
    let recomputations = 0
    for (let expiry = 0; expiry < expiries; expiry += 1) {
      let finishedAt = Number.POSITIVE_INFINITY
      // Any earlier than this a refresh is less likely than one in 10^4 expiries.
      let now = aged.staleAt - beta * computeMs * Math.log(beta * computeMs * readsPerMs * 10_000)
      while (now < finishedAt) {
        if (dueOf(aged, now, { ...options, beta, staleWhileRevalidateMs: 1_000_000 }, draw()) === 'refresh') {
          finishedAt = Math.min(finishedAt, now + computeMs)
          recomputations += 1
        }
        // A Poisson stream of reads.
        now -= Math.log(1 - draw()) / readsPerMs
      }
    }
    return recomputations / expiries
  }

  for (const beta of [1, 1.5]) {
    it(`recomputes e^(1/${beta}) = ${Math.exp(1 / beta).toFixed(3)} times per expiry, within 5 %`, () => {
      const mean = meanRecomputations(beta, seeded(beta * 1_000))
      expect(mean).to.be.within(0.95 * Math.exp(1 / beta), 1.05 * Math.exp(1 / beta))
    })
  }
})
