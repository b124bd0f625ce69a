import { expect } from 'chai'
import { describe, it } from 'mocha'
import { explore } from './explorer.ts'
import { HARMLESS, type Mutant } from './mutant.ts'

/** Those that are missed often; the others have directed schedules. */
const COMMON: readonly Mutant[] = [
  'no trust rule',
  'own effects on the broadcast',
  'hit of L2 trusted as of now',
  'hit judged as of the reader',
  'replaced flight cached',
  'epoch not bound to the incarnation',
  'footing not checked by L2',
  'no lease in L2',
  'no fence',
  'shard not in values and leases',
  'confirm without the silent',
  'confirm believes an unsettled history',
  'flush ignored',
  'tag marker dropped without a floor',
]

describe('The simulator, on random schedules,', () => {
  it('finds nothing that violates what is promised', () => {
    expect(explore({ from: 1_000_000, seeds: 3_000 }).found?.violation.message).to.equal(undefined)
  })

  for (const mutant of HARMLESS) {
    it(`finds nothing without a rule that others make up for: ${mutant}`, () => {
      expect(explore({ from: 1, seeds: 1_000, mutant }).found?.violation.message).to.equal(undefined)
    })
  }

  for (const mutant of COMMON) {
    it(`finds by chance what is missing: ${mutant}`, () => {
      expect(explore({ from: 1, seeds: 2_000, mutant }).found).not.to.equal(undefined)
    })
  }

  it('finds the same in the same schedules, and reduces them to a few steps', () => {
    const [first, second] = [1, 2].map(() => explore({ from: 1, seeds: 100, mutant: 'no fence' }).found)
    expect(first).to.deep.equal(second)
    expect(first?.schedule.steps.length).to.be.below(8)
  })
})
