import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { MUTANTS, WRITES_VERSION_2 } from './all-mutants.ts'
import { Member } from './member-handle.ts'
import { type Mutant, mutated } from './mutant.ts'

describe('A mutant', () => {
  for (const mutant of [...MUTANTS, WRITES_VERSION_2]) {
    it(`finds the snippet of «${mutant.name}» once in what is built`, () => {
      const source = readFileSync(new URL(`../../../packages/${mutant.file}`, import.meta.url), 'utf8')
      const changed = mutated(source, mutant)
      expect(changed).not.to.include(mutant.find)
      expect(changed).to.include(mutant.replace)
    })
  }

  it('whose snippet is gone, or is there twice, cannot be made', () => {
    const mutant: Mutant = { name: 'none', file: 'core/dist/entry.js', find: 'a rule', replace: '' }
    expect(() => mutated('nothing', mutant)).to.throw(
      'The mutant «none» finds its snippet 0 times in core/dist/entry.js',
    )
    expect(() => mutated('a rule, a rule', mutant)).to.throw('2 times')
  })

  for (const [what, file] of [
    ['that lost its snippet', 'client/dist/flight.js'],
    ['of a file that nobody loads', 'client/dist/nothing.js'],
  ] as const) {
    it(`${what} is no process that could be taken for it`, async () => {
      const member = new Member({
        name: 'mutant',
        role: 'node',
        connection: { way: { kind: 'single', url: 'redis://127.0.0.1:1' }, links: [] },
        run: { name: 'x', databaseUrl: '', maxStalenessMs: 500, leaseTtlMs: 500, strict: false, patient: false },
        mutant: { name: 'lost', file, find: 'no such rule', replace: '' },
        onEvent: () => {},
      })
      const failure: unknown = await member.start().catch((error: unknown) => error)
      await member.stop()
      expect(String(failure)).to.match(/finds its snippet 0 times|nobody loads/)
    })
  }
})
