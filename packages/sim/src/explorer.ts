import { scheduleOf } from './generator.ts'
import type { Mutant } from './mutant.ts'
import { run } from './run.ts'
import { type Shrunk, shrink } from './shrink.ts'

export interface Exploration {
  readonly from: number
  readonly seeds: number
  readonly mutant?: Mutant | undefined
  /** Told every now and then how many schedules have been run. */
  readonly onProgress?: (schedules: number) => void
}

export interface Explored {
  readonly schedules: number
  readonly steps: number
  /** The first violation, with the least that brings it about. */
  readonly found: (Shrunk & { readonly seed: number }) | undefined
}

const PROGRESS_EVERY = 10_000

/** Runs the schedules of the seeds one by one, until one violates what is promised. */
export function explore({ from, seeds, mutant, onProgress }: Exploration): Explored {
  let steps = 0
  for (let n = 0; n < seeds; n += 1) {
    const seed = from + n
    const schedule = scheduleOf(seed)
    const violation = attempt(seed, () => run(schedule, { mutant }))
    steps += schedule.steps.length
    if (violation) {
      const found = { seed, ...shrink(schedule, violation, { mutant }) }
      return { schedules: n + 1, steps, found }
    }
    if ((n + 1) % PROGRESS_EVERY === 0) {
      onProgress?.(n + 1)
    }
  }
  return { schedules: seeds, steps, found: undefined }
}

function attempt<T>(seed: number, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new Error(`The model itself failed, on seed ${seed}`, { cause })
  }
}
