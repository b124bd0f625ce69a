import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type Plan, scheduleOf } from './schedule.ts'

const faults: Plan['faults'] = [
  { name: 'cut', lane: 'network' },
  { name: 'stall', lane: 'network' },
  { name: 'kill', lane: 'process' },
  { name: 'failover', lane: 'server', once: true },
]
const plan: Plan = { seed: 7, faults, durationMs: 20_000, combined: true, boundMs: 500 }

describe('scheduleOf', () => {
  it('says the same for the same seed, and something else for another', () => {
    expect(scheduleOf(plan)).to.deep.equal(scheduleOf({ ...plan }))
    expect(scheduleOf(plan)).not.to.deep.equal(scheduleOf({ ...plan, seed: 8 }))
  })

  it('goes through all faults before it begins again, and has what stays broken once', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const names = scheduleOf({ ...plan, seed, combined: false }).map(({ fault }) => fault)
      expect(names.slice(0, 4)).to.have.members(['cut', 'stall', 'kill', 'failover'])
      expect(names.slice(4, 7)).to.have.members(['cut', 'stall', 'kill'])
      expect(names.length).to.be.above(10)
    }
  })

  it('has one fault at a time in each lane, and only there where they are combined', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const lanes = new Set(scheduleOf({ ...plan, seed }).map(({ lane }) => lane))
      expect([...lanes]).to.have.members(['network', 'process', 'server'])
      for (const combined of [true, false]) {
        const steps = scheduleOf({ ...plan, seed, combined })
        for (const lane of new Set(steps.map((step) => step.lane))) {
          const own = steps.filter((step) => step.lane === lane)
          for (const [n, { atMs, lastsMs }] of own.entries()) {
            expect(atMs + lastsMs).to.be.below(own[n + 1]?.atMs ?? Number.POSITIVE_INFINITY)
          }
        }
      }
    }
  })

  it('begins as that of a shorter run does', () => {
    for (const combined of [true, false]) {
      const steps = scheduleOf({ ...plan, combined })
      const longer = scheduleOf({ ...plan, combined, durationMs: 60_000 })
      expect(longer.filter(({ atMs }) => atMs < plan.durationMs)).to.deep.equal(steps)
    }
  })

  it('has faults that are shorter than the bound, and longer ones', () => {
    const lengths = scheduleOf(plan).map(({ lastsMs }) => lastsMs)
    expect(Math.min(...lengths)).to.be.below(500)
    expect(Math.max(...lengths)).to.be.above(500)
  })
})
