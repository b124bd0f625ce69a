import type { Mutant } from './mutant.ts'
import { run } from './run.ts'
import type { Schedule, Step } from './schedule.ts'
import type { Violation } from './violation.ts'

export interface Shrunk {
  readonly schedule: Schedule
  readonly violation: Violation
}

/** Removes what the violation does not need: chunks of steps first, then smaller ones, until no single step can go. */
export function shrink(schedule: Schedule, violation: Violation, mutant?: Mutant): Shrunk {
  let best: Shrunk = { schedule, violation }
  const attempt = (steps: readonly Step[]): boolean => {
    const candidate = { setup: schedule.setup, steps }
    const found = run(candidate, { mutant })
    if (found?.invariant !== violation.invariant) {
      return false
    }
    best = { schedule: candidate, violation: found }
    return true
  }
  for (let size = Math.ceil(schedule.steps.length / 2); size >= 1; ) {
    let removed = false
    for (let start = 0; start < best.schedule.steps.length; ) {
      const { steps } = best.schedule
      if (attempt([...steps.slice(0, start), ...steps.slice(start + size)])) {
        removed = true
      } else {
        start += size
      }
    }
    if (size > 1 || !removed) {
      size = size === 1 ? 0 : Math.ceil(size / 2)
    }
  }
  return best
}
