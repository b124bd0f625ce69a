import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { runProgram } from '../program.ts'
import { SCENARIOS } from './all-scenarios.ts'
import { parseArguments } from './arguments.ts'

describe('The arguments of pnpm e2e:faults', () => {
  it('are one short round of all scenarios if there are none', () => {
    const { minutes, json, scenarios, mutant, seed } = parseArguments([])
    expect({ minutes, json, mutant }).to.deep.equal({ minutes: undefined, json: false, mutant: undefined })
    expect(scenarios).to.equal(SCENARIOS)
    expect(seed).to.be.a('number')
  })

  it('name a seed, a time, a scenario and a mutant', () => {
    const args = ['--seed', '42', '--minutes', '0.5', '--json', '--scenario', 'herd', '--mutant', 'no chain check']
    const { seed, minutes, json, scenarios, mutant } = parseArguments(args)
    expect({ seed, minutes, json }).to.deep.equal({ seed: 42, minutes: 0.5, json: true })
    expect(scenarios.map(({ name }) => name)).to.deep.equal(['herd'])
    expect(mutant?.name).to.equal('no chain check')
  })

  it('say what they expect where they make no sense', () => {
    for (const [args, message] of [
      [['--seed=-1'], '--seed must be a whole number from 0; received -1'],
      [['--seed', ''], '--seed must be a whole number from 0'],
      [['--minutes', '0'], '--minutes must be a number above 0; received 0'],
      [['--scenario', 'x'], 'There is no scenario x: there is calm, herd'],
      [['--mutant', 'x'], 'There is no mutant x: there is no trust rule'],
      [['--sede', '1'], "Unknown option '--sede'"],
    ] as const) {
      expect(() => parseArguments([...args])).to.throw(message)
    }
  })

  it('end the program with 2, and how it is used, where they make no sense', async () => {
    const main = fileURLToPath(new URL('./main.js', import.meta.url))
    const { code, output } = await runProgram(main, ['--scenario', 'x']).ended
    expect(code).to.equal(2)
    expect(output).to.include('There is no scenario x').and.to.include('pnpm e2e:faults [--seed N]')
  })
})
