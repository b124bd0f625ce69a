import { Fleet } from '../fleet.ts'
import { compare, type Line } from '../line.ts'
import type { Load } from '../load.ts'
import { allPeers, others, ours } from '../peers/all-peers.ts'
import { inTurn } from '../rotation.ts'
import { largest, median, percentile } from '../statistics.ts'
import type { Question } from './question.ts'

export interface LagScale {
  /** How many processes hear, in one run after the other. */
  readonly receivers: readonly number[]
  readonly rounds: number
  /** Of one round. */
  readonly calls: number
  readonly perSecond: number
  readonly keysPerCall: number
  /** Calls before the first round, for the code to be compiled and not interpreted. */
  readonly warmUp: Pick<Load, 'calls' | 'callers' | 'perSecond'>
}

const full: LagScale = {
  receivers: [4, 12],
  rounds: 8,
  calls: 200,
  perSecond: 200,
  keysPerCall: 1,
  warmUp: { calls: 10_000, callers: 64, perSecond: Number.POSITIVE_INFINITY },
}

export const lag: Question = {
  name: 'lag',
  about:
    'Publish to applied: from the call in the publisher until the entry is gone in a receiver; with 4 receivers and ' +
    'with 12, 200 keys per second, one by one. Medians of 8 rounds of a second, and the largest of all.',
  redis: true,
  ask: () => askLag(full),
}

export async function askLag({ receivers, ...scale }: LagScale): Promise<Line[]> {
  const lines: Line[] = []
  for (const count of receivers) lines.push(...(await askLagOf(count, scale)))
  return lines
}

async function askLagOf(receivers: number, scale: Omit<LagScale, 'receivers'>): Promise<Line[]> {
  const { rounds, calls, perSecond, keysPerCall, warmUp } = scale
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

  for (const { name, onlyHolders } of allPeers) {
    if (onlyHolders) await fleet.hold(name, { ...load, ...warmUp })
    await fleet.run(name, { ...load, ...warmUp })
  }
  for (const name of names) await round(name)
  for (let n = 0; n < rounds; n++) {
    for (const name of inTurn(names, n)) lagsMs.get(name)?.push(await round(name))
  }
  return others.flatMap(({ name }) =>
    answer(`lag.${receivers}`, lagsMs.get(ours.name) ?? [], name, lagsMs.get(name) ?? []),
  )
}

function answer(figure: string, mine: readonly Float64Array[], peer: string, theirs: readonly Float64Array[]): Line[] {
  const figures = [
    ['median', (lagsMs: readonly Float64Array[]) => median(lagsMs.map(median))],
    ['p99', (lagsMs: readonly Float64Array[]) => median(lagsMs.map((lagMs) => percentile(lagMs, 0.99)))],
    ['max', (lagsMs: readonly Float64Array[]) => largest(lagsMs.map(largest))],
  ] as const
  return figures.map(([name, of]) =>
    compare({ name: `${figure}.${name}`, unit: 'ms', better: 'lower', ours: of(mine), peer, theirs: of(theirs) }),
  )
}
