import { Checks } from './checks.ts'
import { Closing } from './closing.ts'
import type { Interruption } from './interruption.ts'
import { machineClockMs } from './machine-clock.ts'
import { type DemoOptions, parseDemoOptions, UsageError, usage } from './options.ts'
import { paintFor } from './paint.ts'
import { formatSeconds, Screen } from './screen.ts'
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
  const closing = new Closing()
  try {
    const options = parseDemoOptions(args)
    if (options.help) {
      process.stdout.write(usage)
      return 0
    }
    await showAll(options, screen, closing, interruption)
    return 0
  } catch (error) {
    if (interruption.exitCode !== undefined) {
      return interruption.exitCode
    }
    screen.failed(error instanceof Error ? error.message : String(error))
    return error instanceof UsageError ? 2 : 1
  } finally {
    await closing.close().catch((error: unknown) => screen.failed(String(error)))
  }
}

async function showAll(
  { broadcast, keep }: DemoOptions,
  screen: Screen,
  closing: Closing,
  interruption: Interruption,
): Promise<void> {
  const { signal } = interruption
  const startedAtMs = machineClockMs()
  screen.title('Rescind: four web servers, a write service, a database and Redis')
  const shop = await openShop({ env: process.env, broadcast, screen, closing, signal })
  const stage = { ...shop, screen, checks: new Checks(screen), signal }
  const shownAtMs = machineClockMs()
  for (const step of steps) await step(stage)
  const endedAtMs = machineClockMs()
  screen.line()
  screen.passed(
    `${stage.checks.passed} of ${stage.checks.passed} checks passed in ${formatSeconds(endedAtMs - shownAtMs)}, ` +
      `after ${formatSeconds(shownAtMs - startedAtMs)} to start everything`,
  )
  if (keep) await invite(stage)
}
