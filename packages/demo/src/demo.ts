import { Checks } from './checks.ts'
import { formatSeconds } from './format.ts'
import type { Interruption } from './interruption.ts'
import { machineClockMs } from './machine-clock.ts'
import { type DemoOptions, parseDemoOptions, UsageError, usage } from './options.ts'
import { paintFor } from './paint.ts'
import { Processes } from './processes.ts'
import { Screen } from './screen.ts'
import { openShop } from './shop.ts'
import { showOutage } from './steps/outage.ts'
import { showPriceChange } from './steps/price-change.ts'
import { showStampede } from './steps/stampede.ts'
import { showTotals } from './steps/totals.ts'
import { showWarmth } from './steps/warmth.ts'
import { invite } from './visit.ts'

const steps = [showWarmth, showStampede, showPriceChange, showOutage, showTotals]

/** Runs the demo and answers with the exit code: 0 when every claim held, 1 when not, 2 for a wrong command line. */
export async function runDemo(args: readonly string[], interruption: Interruption): Promise<number> {
  const screen = new Screen(process.stdout, paintFor(process.stdout, process.env))
  const processes = new Processes(interruption.signal)
  try {
    const options = parseDemoOptions(args)
    if (options.help) {
      process.stdout.write(usage)
      return 0
    }
    await showAll(options, screen, processes)
    return 0
  } catch (error) {
    if (interruption.exitCode !== undefined) {
      return interruption.exitCode
    }
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`)
      return 2
    }
    // What else failed then, failed of that.
    const reason = processes.death ?? error
    screen.failed(reason instanceof Error ? reason.message : String(reason))
    return 1
  } finally {
    await processes.closing.close().catch((error: unknown) => screen.failed(String(error)))
    if (interruption.exitCode !== undefined) screen.line('Everything is stopped.')
  }
}

async function showAll({ broadcast, keep }: DemoOptions, screen: Screen, processes: Processes): Promise<void> {
  const { signal } = processes
  const startedAtMs = machineClockMs()
  screen.title('Rescind: four web servers, a write service, a database and Redis')
  const shop = await openShop({ env: process.env, broadcast, screen, processes })
  const stage = { ...shop, screen, checks: new Checks(screen), signal }
  const shownAtMs = machineClockMs()
  for (const step of steps) await step(stage)
  const endedAtMs = machineClockMs()
  screen.line()
  screen.passed(
    `All ${stage.checks.passed} checks passed in ${formatSeconds(endedAtMs - shownAtMs)}, ` +
      `after ${formatSeconds(shownAtMs - startedAtMs)} to start everything`,
  )
  if (keep) {
    await invite(stage)
    if (processes.death) throw processes.death
  }
}
