import type { Schedule, Step } from './schedule.ts'
import { Violation } from './violation.ts'
import { World, type WorldOptions } from './world.ts'

export interface RunOptions extends WorldOptions {
  /** Told of each step before it is taken. */
  readonly onStep?: (step: Step, n: number) => void
}

/** Takes all steps and lets it settle. Returns what went wrong, if something did. */
export function run({ setup, steps }: Schedule, options: RunOptions = {}): Violation | undefined {
  try {
    const world = new World(setup, options)
    for (const [n, step] of steps.entries()) {
      options.onStep?.(step, n)
      world.take(step)
    }
    world.settle()
    return undefined
  } catch (error) {
    if (error instanceof Violation) {
      return error
    }
    throw error
  }
}
