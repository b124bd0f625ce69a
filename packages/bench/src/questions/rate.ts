import { Fleet } from '../fleet.ts'
import { compare, type Line } from '../line.ts'
import type { Load } from '../load.ts'
import { others, ours } from '../peers/all-peers.ts'
import { inTurn } from '../rotation.ts'
import { Runner } from '../runner.ts'
import type { Question } from './question.ts'

export interface RateScale {
  readonly receivers: number
  readonly warmUpRounds: number
  readonly rounds: number
  readonly variants: readonly RateVariant[]
}

export interface RateVariant {
  readonly name: string
  readonly unit: string
  /** At most, in one step. */
  readonly calls: number
  readonly forMs: number
  readonly keysPerCall: number
  readonly callers: number
}

const full: RateScale = {
  receivers: 4,
  warmUpRounds: 3,
  rounds: 5,
  variants: [
    { name: 'one-key', unit: 'calls/s', calls: 500_000, forMs: 1_000, keysPerCall: 1, callers: 256 },
    { name: 'hundred-keys', unit: 'keys/s', calls: 100_000, forMs: 1_000, keysPerCall: 100, callers: 64 },
  ],
}

/** Nobody would hear of the others' calls, as nobody holds what they name. */
const asked = others.filter(({ onlyHolders }) => !onlyHolders)

export const rate: Question = {
  name: 'rate',
  about:
    'The highest rate at which every message reaches all of 4 receivers within 100 ms: 256 callers that await each call ' +
    'of one key, or 64 with 100 keys per call; of keys that nobody holds. Medians of 5 rounds of a second.',
  redis: true,
  ask: () => askRate(full),
}

export async function askRate({ receivers, variants, ...rounds }: RateScale): Promise<Line[]> {
  const names = [ours, ...asked].map(({ name }) => name)
  await using fleet = await Fleet.start(names, receivers)
  const lines: Line[] = []
  for (const variant of variants) lines.push(...(await answer(fleet, names, rounds, variant)))
  return lines
}

async function answer(
  fleet: Fleet,
  names: readonly string[],
  { warmUpRounds, rounds }: Pick<RateScale, 'warmUpRounds' | 'rounds'>,
  { name, unit, ...bounds }: RateVariant,
): Promise<Line[]> {
  const load: Load = { ...bounds, perSecond: Number.POSITIVE_INFINITY }
  const runners = new Map(names.map((peer) => [peer, new Runner(peer, fleet, load)]))
  const inRotation = (turn: number) => inTurn([...runners.values()], turn)

  for (let turn = 0; turn < warmUpRounds; turn++) {
    for (const runner of inRotation(turn)) await runner.warmUp()
  }
  for (let turn = 0; inRotation(turn).some((runner) => runner.searching); turn++) {
    for (const runner of inRotation(turn)) await runner.search()
  }
  for (let turn = 0; turn < rounds; turn++) {
    for (const runner of inRotation(turn)) await runner.confirm()
  }
  const keysPerSecond = (peer: string) => (runners.get(peer)?.perSecond ?? Number.NaN) * load.keysPerCall
  return asked.map(({ name: peer }) => {
    const figures = { ours: keysPerSecond(ours.name), peer, theirs: keysPerSecond(peer) }
    return compare({ name: `rate.${name}`, unit, better: 'higher', ...figures })
  })
}
