import { run } from './run.ts'
import type { Schedule } from './schedule.ts'
import type { WorldOptions } from './world.ts'

/** The schedule step by step, with what follows from each, and what is violated at the end. */
export function storyOf(schedule: Schedule, options: WorldOptions): string[] {
  const lines = [`setup ${JSON.stringify(schedule.setup)}`]
  const violation = run(schedule, {
    ...options,
    onStep: (step, n) => lines.push(`${n} ${JSON.stringify(step)}`),
    tell: (line) => lines.push(`    ${line}`),
  })
  lines.push(violation ? violation.message : 'Nothing is violated.')
  return lines
}
