import type { Random } from './random.ts'
import type { Step, Telling } from './schedule.ts'

/** What the steps of one schedule have in common. */
export interface Place {
  readonly random: Random
  /** The item that most of it is about. */
  readonly item: number
  /** How much of it. */
  readonly loyalty: number
}

/** Makes steps that often come together. Each can also be left out. */
export type Make = (place: Place) => readonly Step[]

export type Weighted = readonly (readonly [weight: number, make: Make])[]

export function single(make: (random: Random, place: Place) => Step): Make {
  return (place) => [make(place.random, place)]
}

export function anyNode(random: Random): number {
  return random.below(60)
}

export function anyProcess(random: Random): number {
  return random.chance(0.2) ? -1 : anyNode(random)
}

export function anyItem({ random, item, loyalty }: Place): number {
  return random.chance(loyalty) ? item : random.below(3)
}

export function pick(random: Random, makes: Weighted): Make {
  let total = 0
  for (const [weight] of makes) {
    total += weight
  }
  let left = random.below(total)
  for (const [weight, make] of makes) {
    left -= weight
    if (left < 0) {
      return make
    }
  }
  return () => []
}

export const tellings: readonly [Telling, ...Telling[]] = ['key', 'key', 'key', 'tag', 'tag', 'region', 'bump']

const times: readonly [number, ...number[]] = [5, 60, 260, 260, 510, 700, 1_010, 2_100]

export function anyTime(random: Random): number {
  return random.chance(0.5) ? random.pick(times) : random.below(1_100)
}
