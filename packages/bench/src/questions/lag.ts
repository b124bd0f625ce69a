import { Fleet } from '../fleet.ts'
import { compare, type Line } from '../line.ts'
import type { Load } from '../load.ts'
import { allPeers, others, ours } from '../peers/all-peers.ts'
import { inTurn } from '../rotation.ts'
import { largest, median, percentile } from '../statistics.ts'
import type { Question } from './question.ts'

export interface LagScale {
  readonly receivers: number
  readonly rounds: number
  /** Of one round. */
  readonly calls: number
  readonly perSecond: number
  readonly keysPerCall: number
  /** Calls before the first round, for the code to be compiled and not interpreted. */
  readonly warmUp: Pick<Load, 'calls' | 'callers' | 'perSecond'>
}

const full: LagScale = {
  receivers: 4,
  rounds: 12,
  calls: 200,
  perSecond: 200,
  keysPerCall: 1,
  warmUp: { calls: 30_000, callers: 64, perSecond: Number.POSITIVE_INFINITY },
}

export const lag: Question = {
  name: 'lag',
  about:
    'Publish to applied: from the call in the publisher until the entry is gone in a receiver; 4 receivers, 200 keys ' +
    'per second, one by one. Medians of 12 rounds of a second, and the largest of all.',
  redis: true,
  ask: () => askLag(full),
}

export async function askLag({ receivers, rounds, calls, perSecond, keysPerCall, warmUp }: LagScale): Promise<Line[]> {
  const names = allPeers.map(({ name }) => name)
  await using fleet = await Fleet.start(names, receivers)
  const load: Load = { calls, keysPerCall, forMs: 20_000, perSecond, callers: calls }
  const lagsMs = new Map<string, Float64Array[]>(names.map((name) => [name, []]))

  async function round(name: string): Promise<Float64Array> {
    await fleet.hold(name, load)
    const { lagMs, missing } = await fleet.run(name, load)
    if (missing > 0) throw new Error(`${name} lost ${missing} messages`)
    return lagMs
  }

  for (const name of names) await fleet.run(name, { ...load, ...warmUp })
  for (const name of names) await round(name)
  for (let n = 0; n < rounds; n++) {
    for (const name of inTurn(names, n)) lagsMs.get(name)?.push(await round(name))
  }
  return others.flatMap(({ name }) => answer(lagsMs.get(ours.name) ?? [], name, lagsMs.get(name) ?? []))
}

function answer(mine: readonly Float64Array[], peer: string, theirs: readonly Float64Array[]): Line[] {
  const figures = [
    ['median', (lagsMs: readonly Float64Array[]) => median(lagsMs.map(median))],
    ['p99', (lagsMs: readonly Float64Array[]) => median(lagsMs.map((lagMs) => percentile(lagMs, 0.99)))],
    ['max', (lagsMs: readonly Float64Array[]) => largest(lagsMs.map(largest))],
  ] as const
  return figures.map(([name, figure]) =>
    compare({ name: `lag.${name}`, unit: 'ms', better: 'lower', ours: figure(mine), peer, theirs: figure(theirs) }),
  )
}
