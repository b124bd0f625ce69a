import { expect } from 'chai'
import { describe, it } from 'mocha'
import { SCENARIOS } from './all-scenarios.ts'
import { keepHistory } from './keep-history.ts'
import { complaintsOf } from './outcome.ts'
import { runScenario } from './run-scenario.ts'

describe('A fleet of real processes keeps its promises', function () {
  this.timeout(180_000)

  for (const scenario of SCENARIOS) {
    it(`in the scenario «${scenario.name}»`, async () => {
      const outcome = await runScenario(scenario, { seed: 1, durationMs: scenario.shortMs })
      const complaints = complaintsOf(outcome)
      const where = complaints.length > 0 ? `complaints; the history is ${keepHistory(outcome)}` : 'complaints'
      expect(complaints, where).to.deep.equal([])
      const { rules } = outcome.report
      for (const rule of ['bounded staleness', 'own writes', 'token', 'stale set'] as const) {
        // What a relay tells is nobody's own.
        if (!scenario.drive && !(scenario.relays && rule === 'own writes'))
          expect(rules[rule].judged, `judged by «${rule}»`).to.be.above(0)
      }
      if (scenario.lagMs) expect(rules['monotonic reads'].judged, 'judged by «monotonic reads»').to.be.above(0)
      const inflicted = new Set(outcome.history.flatMap((record) => (record.type === 'fault' ? [record.what] : [])))
      if (!scenario.combined) expect(outcome.faults.filter((name) => !inflicted.has(name))).to.deep.equal([])
    })
  }
})
