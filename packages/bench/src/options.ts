import { parseArgs } from 'node:util'
import { allQuestions } from './questions/all-questions.ts'
import { hitRatio } from './questions/hit-ratio.ts'
import type { Details, Question } from './questions/question.ts'
import { UsageError } from './usage-error.ts'

/** What the command line asked for. */
export interface BenchOptions extends Details {
  readonly help: boolean
  readonly json: boolean
  readonly questions: readonly Question[]
  /** A directory for a picture of each answer. */
  readonly charts: string | undefined
}

export const usage: string = `Usage: pnpm bench [question...] [--traces DIR] [--charts DIR] [--json] [--help]

Compares Rescind with others, all in one run, each in turn; what needs Redis starts its own. Without a question: all.

${allQuestions.map(({ name, about }) => `  ${name.padEnd(9)}  ${about}\n`).join('')}
  --traces DIR  what hit-ratio replays in place of generated reads: the files *.trace (a 32-bit integer for each read,
                its key, the high byte first, as those of cache2k) and *.trace.gz of a directory
  --charts DIR  writes DIR/<question>.svg, a picture of the figures
  --json        a line of JSON for each figure: name, unit, better, ours, peer, theirs, ratio (ours / theirs);
                with \`pnpm --silent bench\` nothing else is written to the standard output
  --help        this text
`

/** @throws {UsageError} on anything that is not a known option or question, or an option of a question not asked. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args)
  const asked = positionals.map((name) => {
    const question = allQuestions.find((candidate) => candidate.name === name)
    if (question) return question
    const known = allQuestions.map((candidate) => candidate.name).join(', ')
    throw new UsageError(`Expected questions among ${known}; received '${name}'`)
  })
  const { help, json, traces, charts } = values
  const questions = asked.length > 0 ? asked : allQuestions
  if (traces !== undefined && !questions.includes(hitRatio)) {
    throw new UsageError(`--traces is for ${hitRatio.name}, which is not asked; received '${traces}'`)
  }
  return { help, json, traces, charts, questions }
}

function parse(args: readonly string[]): {
  readonly values: {
    readonly help: boolean
    readonly json: boolean
    readonly traces?: string
    readonly charts?: string
  }
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
        traces: { type: 'string' },
        charts: { type: 'string' },
      },
    })
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('. ')
    throw new UsageError(`${reason}. See pnpm bench --help`, { cause })
  }
}
