import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { renderBars } from './bar-chart.ts'
import { describeEnvironment } from './environment.ts'
import { parseBenchOptions, usage } from './options.ts'
import { renderSvg } from './svg-chart.ts'
import { renderTable } from './table.ts'
import { UsageError } from './usage-error.ts'

/** Asks what the command line says and answers with the exit code: 0, 1 when something failed, 2 for a wrong command line. */
export async function runBench(args: readonly string[]): Promise<number> {
  try {
    const { help, json, questions, traces, charts } = parseBenchOptions(args)
    if (help) {
      process.stdout.write(usage)
      return 0
    }
    if (!json) process.stdout.write(`${await describeEnvironment(questions.some(({ redis }) => redis))}\n`)
    for (const { name, about, ask } of questions) {
      process.stderr.write(`\n${name}: ${about}\n`)
      const lines = await ask({ traces })
      process.stdout.write(
        json
          ? lines.map((line) => `${JSON.stringify(line)}\n`).join('')
          : `\n${renderTable(lines)}\n${renderBars(lines)}`,
      )
      if (charts !== undefined) {
        await mkdir(charts, { recursive: true })
        await writeFile(join(charts, `${name}.svg`), renderSvg(lines))
      }
    }
    return 0
  } catch (error) {
    const wrong = error instanceof UsageError
    process.stderr.write(`${wrong ? error.message : inspect(error)}\n`)
    return wrong ? 2 : 1
  }
}
