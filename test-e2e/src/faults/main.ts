import { machineNow } from '@rescind/testing'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { keepHistory } from './keep-history.ts'
import { complaintsOf, isGreen, type Outcome } from './outcome.ts'
import { runScenario } from './run-scenario.ts'
import { rowOf, tableOf } from './table.ts'

/** So much longer is a run of many rounds than the short one: starting a fleet takes its time. */
const longer = 3

// Ctrl-C needs no care: all that is started here ends with this process.
process.exitCode = await start(process.argv.slice(2))

async function start(args: readonly string[]): Promise<number> {
  let parsed: Arguments
  try {
    parsed = parseArguments(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(USAGE)
    return 2
  }
  const outcomes = await rounds(parsed)
  if (!parsed.json) console.log(`\n${tableOf(outcomes)}`)
  return outcomes.every(isGreen) ? 0 : 1
}

async function rounds({ seed, minutes, json, scenarios, mutant }: Arguments): Promise<Outcome[]> {
  const endAt = machineNow() + (minutes ?? 0) * 60_000
  const outcomes: Outcome[] = []
  let round = seed
  do {
    for (const scenario of scenarios) {
      const durationMs = scenario.shortMs * (minutes === undefined ? 1 : longer)
      if (!json) process.stdout.write(`${scenario.name}, seed ${round}: `)
      const outcome = await runScenario(scenario, { seed: round, durationMs, mutant })
      outcomes.push({ ...outcome, history: [] })
      report(outcome, json)
    }
    round += 1
  } while (machineNow() < endAt)
  return outcomes
}

function report(outcome: Outcome, json: boolean): void {
  const { seed, report: judged } = outcome
  const complaints = complaintsOf(outcome)
  const file = complaints.length > 0 ? keepHistory(outcome) : undefined
  if (json) {
    const { rules, staleness, availability, availabilityInFaults, recoveries, flushes } = judged
    const more = { rules, staleness, availability, availabilityInFaults, recoveries, flushes }
    console.log(
      JSON.stringify({ ...rowOf([outcome]), seed, green: isGreen(outcome), complaints, history: file, ...more }),
    )
    return
  }
  const { reads, loads, maxStalenessMs, tookMs } = rowOf([outcome])
  const verdict = isGreen(outcome) ? 'ok' : 'VIOLATED'
  const figures = `${reads} reads, ${loads} loads, at most ${Math.round(maxStalenessMs)} ms stale, ${Math.round(tookMs / 1_000)} s`
  console.log(`${verdict} (${figures})`)
  for (const complaint of complaints) console.log(`  ${complaint}`)
  if (file) console.log(`  history: ${file}`)
}
