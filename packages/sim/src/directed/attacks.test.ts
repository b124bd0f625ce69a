import { expect } from 'chai'
import { describe, it } from 'mocha'
import { MUTANTS } from '../mutant.ts'
import { run } from '../run.ts'
import { CONFIRM_ATTACKS } from './confirm-attacks.ts'
import { FORGERY_ATTACKS } from './forgeries.ts'
import { L2_ATTACKS } from './l2-attacks.ts'
import { LOAD_ATTACKS } from './load-attacks.ts'
import { LOG_ATTACKS } from './log-attacks.ts'

const attacks = [...LOG_ATTACKS, ...LOAD_ATTACKS, ...L2_ATTACKS, ...CONFIRM_ATTACKS, ...FORGERY_ATTACKS]

describe('Nothing is violated, when', () => {
  for (const attack of attacks) {
    it(attack.name, () => {
      expect(run(attack)?.message).to.equal(undefined)
    })
  }
})

describe('Something is violated, when', () => {
  for (const attack of attacks) {
    for (const mutant of attack.stoppedBy) {
      it(`${attack.name}, in the mutant: ${mutant}`, () => {
        expect(run(attack, { mutant })).not.to.equal(undefined)
      })
    }
  }
})

describe('The directed schedules', () => {
  it('miss each rule that is left out', () => {
    const missed = attacks.flatMap(({ stoppedBy }) => stoppedBy)
    expect(MUTANTS.filter((mutant) => !missed.includes(mutant))).to.deep.equal([])
  })
})
