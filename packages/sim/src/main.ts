import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { explore } from './explorer.ts'
import { scheduleOf } from './generator.ts'
import { storyOf } from './report.ts'

process.exitCode = start(process.argv.slice(2))

function start(args: readonly string[]): number {
  let parsed: Arguments
  try {
    parsed = parseArguments(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(USAGE)
    return 2
  }
  return main(parsed)
}

function main({ seeds, from, replay, mutant }: Arguments): number {
  if (replay) {
    console.log(storyOf(scheduleOf(from), { mutant }).join('\n'))
    return 0
  }
  const beganAt = performance.now()
  const { schedules, steps, found } = explore({
    from,
    seeds,
    mutant,
    onProgress: (count) => console.log(`${count} schedules, ${perSecond(count, beganAt)}/s`),
  })
  if (found) {
    console.log(storyOf(found.schedule, { mutant }).join('\n'))
    console.log(`Seed ${found.seed} of ${schedules} violates: ${found.violation.message}`)
    return 1
  }
  console.log(
    `${schedules} schedules of ${steps} steps: nothing is violated (${perSecond(schedules, beganAt)} schedules/s)`,
  )
  return 0
}

function perSecond(count: number, beganAt: number): number {
  return Math.round(count / ((performance.now() - beganAt) / 1_000))
}
