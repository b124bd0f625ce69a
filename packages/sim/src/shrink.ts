import { run } from './run.ts'
import type { Schedule, Step } from './schedule.ts'
import type { Violation } from './violation.ts'
import type { WorldOptions } from './world.ts'

export interface Shrunk {
  readonly schedule: Schedule
  readonly violation: Violation
}

/** Removes what the violation does not need: chunks of steps first, then smaller ones, until no single step can go. */
export function shrink(schedule: Schedule, violation: Violation, options: WorldOptions = {}): Shrunk {
  let best: Shrunk = { schedule, violation }
  const attempt = (steps: readonly Step[]): boolean => {
    const candidate = { setup: schedule.setup, steps }
    const found = run(candidate, options)
    if (found?.invariant !== violation.invariant) {
      return false
    }
    best = { schedule: candidate, violation: found }
    return true
  }
  for (let removed = true; removed; ) {
    removed = false
    for (let size = Math.ceil(best.schedule.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let start = 0; start < best.schedule.steps.length; ) {
        const { steps } = best.schedule
        if (attempt([...steps.slice(0, start), ...steps.slice(start + size)])) {
          removed = true
        } else {
          start += size
        }
      }
    }
  }
  return best
}
