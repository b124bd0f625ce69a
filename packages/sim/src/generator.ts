import { Random } from './random.ts'
import type { Forgery, Schedule, Setup, Step, Telling } from './schedule.ts'

/** Which faults a schedule has. */
type Weather = 'calm' | 'clears' | 'restarts' | 'demotions' | 'wild'

type Make = (random: Random) => Step

const SHORTEST = 30
const LONGEST = 110

const tellings: readonly [Telling, ...Telling[]] = ['key', 'key', 'key', 'tag', 'tag', 'region', 'bump']
const tellingsWithClears: readonly [Telling, ...Telling[]] = [...tellings, 'all']
const forgeries: readonly [Forgery, ...Forgery[]] = ['next', 'ahead', 'same', 'epoch', 'replayed']
const waits: readonly [number, ...number[]] = [5, 60, 260, 260, 510, 700, 1_010, 2_100]

const node = (random: Random): number => random.below(60)

const usual: readonly (readonly [weight: number, make: Make])[] = [
  [14, (random) => ({ do: 'read', node: node(random), item: random.below(3) })],
  [9, (random) => ({ do: 'execute', node: node(random), count: 1 + random.below(2), shard: random.chance(0.5) })],
  [
    9,
    (random) => ({
      do: 'hear',
      node: node(random),
      count: 1 + random.below(3),
      backwards: random.chance(0.15),
      shard: random.chance(0.5),
    }),
  ],
  [9, (random) => ({ do: 'flow', node: node(random) })],
  [5, () => ({ do: 'flow all' })],
  [9, (random) => ({ do: 'load', node: node(random), which: random.below(4), fails: random.chance(0.06) })],
  [6, (random) => ({ do: 'wait', ms: random.pick(waits) })],
  [2, (random) => ({ do: 'run', ms: random.pick(waits) })],
  [3, (random) => ({ do: 'beat', node: node(random) })],
  [2, (random) => ({ do: 'cut', node: node(random) })],
  [3, (random) => ({ do: 'connect', node: node(random) })],
  [1, (random) => ({ do: 'deafen', node: node(random) })],
  [1, (random) => ({ do: 'give up', node: node(random), shard: random.chance(0.5) })],
  [1, (random) => ({ do: 'late', which: random.below(8) })],
  [1, (random) => ({ do: 'stop', node: node(random) })],
  [2, (random) => ({ do: 'continue', node: node(random) })],
  [1, (random) => ({ do: 'crash', node: node(random) })],
  [1, (random) => ({ do: 'leave', node: node(random) })],
  [1, () => ({ do: 'join' })],
  [1, (random) => ({ do: 'forge', node: node(random), as: random.pick(forgeries) })],
]

const restarting: readonly (readonly [weight: number, make: Make])[] = [
  [5, (random) => ({ do: 'snapshot', shard: random.chance(0.5) })],
  [3, (random) => ({ do: 'fail over', back: random.below(3), shard: random.chance(0.5) })],
  [1, (random) => ({ do: 'restart', empty: random.chance(0.3), shard: random.chance(0.5) })],
]

const demoting: readonly (readonly [weight: number, make: Make])[] = [
  [5, () => ({ do: 'snapshot', shard: false })],
  [3, (random) => ({ do: 'demote', back: random.below(3) })],
  [4, () => ({ do: 'promote' })],
]

const destroying: readonly (readonly [weight: number, make: Make])[] = [
  [1, (random) => ({ do: 'trim', length: 1 + random.below(4) })],
  [1, (random) => ({ do: 'wipe', shard: random.chance(0.5) })],
  [1, () => ({ do: 'delete log' })],
]

/** The schedule of this seed: the same one each time. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed)
  const weather: Weather = random.pick(['calm', 'clears', 'restarts', 'demotions', 'wild'])
  const setup = setupOf(random, weather)
  const makes = makesOf(random, weather)
  const steps: Step[] = random.chance(0.9) ? [{ do: 'flow all' }] : []
  const length = SHORTEST + random.below(LONGEST - SHORTEST)
  while (steps.length < length) {
    steps.push(pick(random, makes)(random))
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
    stuckClock: random.chance(0.2),
    logLength: whole || random.chance(0.7) ? 1_000 : 3,
    sharedTags: random.chance(0.7) ? 10 : 1,
    nodeTags: random.chance(0.5) ? 10 : 1,
  }
}

function makesOf(random: Random, weather: Weather): readonly (readonly [weight: number, make: Make])[] {
  const told = weather === 'clears' || weather === 'wild' ? tellingsWithClears : tellings
  const write: Make = (from) => ({
    do: 'write',
    node: node(from),
    item: from.below(3),
    by: from.pick(told),
    confirm: from.chance(0.5),
  })
  const makes: (readonly [weight: number, make: Make])[] = [[random.chance(0.5) ? 8 : 4, write], ...usual]
  if (weather === 'restarts' || weather === 'wild') {
    makes.push(...restarting)
  }
  if (weather === 'demotions' || weather === 'wild') {
    makes.push(...demoting)
  }
  if (weather === 'wild') {
    makes.push(...destroying)
  }
  return makes
}

function pick(random: Random, makes: readonly (readonly [weight: number, make: Make])[]): Make {
  const total = makes.reduce((sum, [weight]) => sum + weight, 0)
  let left = random.below(total)
  for (const [weight, make] of makes) {
    left -= weight
    if (left < 0) {
      return make
    }
  }
  return () => ({ do: 'flow all' })
}
