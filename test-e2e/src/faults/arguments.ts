import { parseArgs } from 'node:util'
import { MUTANTS } from './all-mutants.ts'
import { SCENARIOS } from './all-scenarios.ts'
import type { Mutant } from './mutant.ts'
import type { Scenario } from './scenario.ts'

export interface Arguments {
  readonly seed: number
  /** Undefined: each scenario once, for as long as its short run. */
  readonly minutes: number | undefined
  readonly json: boolean
  readonly scenarios: readonly Scenario[]
  readonly mutant: Mutant | undefined
}

export const USAGE: string = `pnpm e2e:faults [--seed N] [--minutes M] [--json] [--scenario NAME] [--mutant NAME]

  --seed N         of the first round; each further one counts on (default: by the clock)
  --minutes M      go on in rounds for so long (default: one short round)
  --json           a line of JSON for each run, in place of the table
  --scenario NAME  only this one: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --mutant NAME    run without a rule, to see that it is missed: ${MUTANTS.map(({ name }) => name).join(', ')}`

/** @throws {Error} for arguments that make no sense; the message says why. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string' },
      json: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      mutant: { type: 'string' },
    },
  })
  const { seed, minutes, json, scenario, mutant } = values
  return {
    seed: seed === undefined ? Math.floor(Date.now() / 1_000) % 1_000_000 : seedOf(seed),
    minutes: minutes === undefined ? undefined : minutesOf(minutes),
    json,
    scenarios: scenario === undefined ? SCENARIOS : [named('scenario', SCENARIOS, scenario)],
    mutant: mutant === undefined ? undefined : named('mutant', MUTANTS, mutant),
  }
}

function seedOf(text: string): number {
  const seed = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`--seed must be a whole number from 0; received ${text}`)
  }
  return seed
}

function minutesOf(text: string): number {
  const minutes = Number(text)
  if (!Number.isFinite(minutes) || minutes <= 0) {
    throw new Error(`--minutes must be a number above 0; received ${text}`)
  }
  return minutes
}

function named<T extends { readonly name: string }>(what: string, all: readonly T[], wanted: string): T {
  const found = all.find(({ name }) => name === wanted)
  if (!found) throw new Error(`There is no ${what} ${wanted}: there is ${all.map(({ name }) => name).join(', ')}`)
  return found
}
