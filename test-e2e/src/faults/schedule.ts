import { seededNumbers } from '@rescind/testbed'
import type { Fault, Lane } from './fault.ts'

/** When something breaks, and for how long. */
export interface Step {
  readonly fault: string
  /** Those of one lane come one after the other. */
  readonly lane: string
  /** After the begin of the run. */
  readonly atMs: number
  readonly lastsMs: number
  /** Which process it strikes: the one of this number, counted round and round. */
  readonly target: number
}

export interface Plan {
  readonly seed: number
  readonly faults: readonly Pick<Fault, 'name' | 'lane' | 'once'>[]
  readonly durationMs: number
  /** Whether faults of different lanes may last at the same time. */
  readonly combined: boolean
  /** The bound of the cache, against which faults are short or long. */
  readonly boundMs: number
}

/** Follows from the plan alone: each lane goes through its faults, in an order of its own, again and again. */
export function scheduleOf({ seed, faults, durationMs, combined, boundMs }: Plan): readonly Step[] {
  const lanes: readonly (Lane | 'all')[] = combined ? ['network', 'process', 'server'] : ['all']
  return lanes
    .flatMap((lane, n) => {
      // Of its own, so that a longer run begins as a shorter one does.
      const below = seededNumbers(seed * lanes.length + n)
      const own = lane === 'all' ? faults : faults.filter((fault) => fault.lane === lane)
      return stepsOf(lane, own, { durationMs, boundMs, below })
    })
    .sort((a, b) => a.atMs - b.atMs)
}

interface Terms extends Pick<Plan, 'durationMs' | 'boundMs'> {
  readonly below: (limit: number) => number
}

function stepsOf(lane: string, faults: Plan['faults'], { durationMs, boundMs, below }: Terms): Step[] {
  const steps: Step[] = []
  const gone = new Set<string>()
  let waiting: Plan['faults'][number][] = []
  for (let atMs = below(boundMs); atMs < durationMs; ) {
    const left = faults.filter(({ name }) => !gone.has(name))
    if (waiting.length === 0) waiting = shuffled(left, below)
    const fault = waiting.pop()
    if (!fault) break
    if (fault.once) gone.add(fault.name)
    // Some are over before the bound is, some last for longer.
    const lastsMs = Math.round(boundMs / 4) + below(boundMs * 2)
    steps.push({ fault: fault.name, lane, atMs, lastsMs, target: below(1_000) })
    atMs += lastsMs + Math.round(boundMs / 4) + below(boundMs)
  }
  return steps
}

function shuffled<T>(items: readonly T[], below: (limit: number) => number): T[] {
  const rest = [...items]
  return items.flatMap(() => rest.splice(below(rest.length), 1))
}
