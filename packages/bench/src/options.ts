import { parseArgs } from 'node:util'
import { allQuestions } from './questions/all-questions.ts'
import type { Question } from './questions/question.ts'

/** What the command line asked for. */
export interface BenchOptions {
  readonly help: boolean
  readonly json: boolean
  readonly questions: readonly Question[]
}

export const usage: string = `Usage: pnpm bench [question...] [--json] [--help]

Compares Rescind with others, all in one run, each in turn, on a redis-server of its own. Without a question: all.

${allQuestions.map(({ name, about }) => `  ${name.padEnd(6)}  ${about}\n`).join('')}
  --json  a line of JSON for each figure: name, unit, better, ours, peer, theirs, ratio (ours / theirs);
          with \`pnpm --silent bench\` nothing else is written to the standard output
  --help  this text
`

/** The command line was wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws {UsageError} on anything that is not a known option or question. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args)
  const asked = positionals.map((name) => {
    const question = allQuestions.find((candidate) => candidate.name === name)
    if (question) return question
    const known = allQuestions.map((candidate) => candidate.name).join(', ')
    throw new UsageError(`Expected questions among ${known}; received '${name}'`)
  })
  return { ...values, questions: asked.length > 0 ? asked : allQuestions }
}

function parse(args: readonly string[]): {
  readonly values: { readonly help: boolean; readonly json: boolean }
  readonly positionals: readonly string[]
} {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('. ')
    throw new UsageError(`${reason}. See pnpm bench --help`, { cause })
  }
}
