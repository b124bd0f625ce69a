import { type Make, type Place, pick, single } from './motif.ts'
import { DEMOTING, DESTROYING, RESTARTING, USUAL, writing } from './motifs.ts'
import { Random } from './random.ts'
import type { Schedule, Setup, Step } from './schedule.ts'

/** Which faults a schedule has. */
type Weather = 'calm' | 'clears' | 'restarts' | 'demotions' | 'wild'

const SHORTEST = 30
const LONGEST = 100

/** The schedule of this seed: the same one each time. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed)
  const weather: Weather = random.pick(['calm', 'clears', 'restarts', 'demotions', 'wild'])
  const setup = setupOf(random, weather)
  const makes = makesOf(random, weather)
  const place: Place = { random, item: random.below(3), loyalty: random.pick([0, 0.5, 0.9]) }
  const steps: Step[] = random.chance(0.9) ? [{ do: 'flow all' }] : []
  const length = SHORTEST + random.below(LONGEST - SHORTEST)
  while (steps.length < length) {
    steps.push(...pick(random, makes)(place))
  }
  return { setup, steps }
}

function setupOf(random: Random, weather: Weather): Setup {
  const whole = weather === 'calm' || weather === 'clears'
  return {
    nodes: 2 + random.below(2),
    strict: random.chance(0.4),
    cluster: random.chance(0.3),
    ownFirst: random.chance(0.5),
    unsteadyClock: random.chance(0.2),
    logLength: whole || random.chance(0.7) ? 1_000 : 3,
    sharedTags: random.chance(0.7) ? 10 : 1,
    nodeTags: random.chance(0.5) ? 10 : 1,
  }
}

function makesOf(random: Random, weather: Weather): readonly (readonly [weight: number, make: Make])[] {
  const clears = weather === 'clears' || weather === 'wild'
  const often = random.chance(0.5) ? 2 : 1
  return [
    ...writing(clears).map(([weight, make]) => [weight * often, make] as const),
    ...USUAL,
    ...(weather === 'restarts' || weather === 'wild' ? RESTARTING : []),
    ...(weather === 'demotions' || weather === 'wild' ? DEMOTING : []),
    ...(weather === 'wild' ? DESTROYING : []),
    [5, single(() => ({ do: 'flow all' }))],
  ]
}
