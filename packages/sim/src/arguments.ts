import { parseArgs } from 'node:util'
import { HARMLESS, MUTANTS, type Mutant } from './mutant.ts'

export interface Arguments {
  readonly seeds: number
  readonly from: number
  /** Print each step, and what follows from it. */
  readonly replay: boolean
  readonly mutant: Mutant | undefined
}

export const USAGE: string = `pnpm sim [--seeds N] [--from S] [--mutant NAME]
pnpm sim --replay S [--mutant NAME]

  --seeds N      run the schedules of N seeds (10000)
  --from S       beginning with this one (1)
  --replay S     run the one of this seed, and print each step
  --mutant NAME  leave a rule out: ${[...MUTANTS, ...HARMLESS].join(', ')}`

/** @throws {Error} for arguments that make no sense; the message says why. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      replay: { type: 'string' },
      mutant: { type: 'string' },
    },
  })
  const mutant = [...MUTANTS, ...HARMLESS].find((name) => name === values.mutant)
  if (values.mutant !== undefined && mutant === undefined) {
    throw new Error(`There is no mutant ${values.mutant}`)
  }
  const replay = values.replay !== undefined
  return {
    seeds: replay ? 1 : integer('seeds', values.seeds),
    from: integer(replay ? 'replay' : 'from', values.replay ?? values.from),
    replay,
    mutant,
  }
}

function integer(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`--${name} must be a whole number; received ${text}`)
  }
  return value
}
