import { compare, type Line } from '../line.ts'
import type { StoreName } from '../refill/all-stores.ts'
import { ReaderFleet, type ReaderFleetOptions } from '../refill/reader-fleet.ts'
import type { Recovery } from '../refill/recovery.ts'
import { inTurn } from '../rotation.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface EpochScale extends Omit<ReaderFleetOptions, 'stores'> {
  readonly rounds: number
  /** How long Redis stays away. */
  readonly awayMs: number
}

const full: EpochScale = {
  processes: 4,
  readers: 32,
  keys: 1_000,
  loadMs: 5,
  pacedLoads: 4,
  maxStalenessMs: 5_000,
  warmMs: 300,
  rounds: 3,
  awayMs: 11_500,
}

export const epoch: Question = {
  name: 'epoch',
  about:
    'What the source is asked when all caches are emptied: 4 processes, 32 readers each, 1,000 keys, loads of 5 ms. By ' +
    'clear(), by a Redis that restarts empty, with 4 loads at a time in each process, and while Redis is away. Medians of 3.',
  redis: true,
  ask: () => askEpoch(full),
}

const stores = ['rescind', 'paced', 'per-process'] as const

export async function askEpoch({ rounds, awayMs, ...options }: EpochScale): Promise<Line[]> {
  await using fleet = await ReaderFleet.start({ ...options, stores })
  const cleared = new Recoveries()
  const restarted = new Recoveries()
  // The first round is for the code to be compiled.
  for (const store of stores) await fleet.clear(store)
  for (let turn = 0; turn < rounds; turn++) {
    for (const store of inTurn(stores, turn)) cleared.add(store, await fleet.clear(store))
  }
  for (let turn = 0; turn < rounds; turn++) {
    for (const store of inTurn(['rescind', 'per-process'] as const, turn)) {
      restarted.add(store, await fleet.restart(store))
    }
  }
  const away = await fleet.away('rescind', awayMs)

  const { keys, processes, maxStalenessMs } = options
  const ideal = { name: '1 per key', figures: { ...cleared.of('rescind'), loads: keys } }
  const mine = { clear: cleared.of('rescind'), restart: restarted.of('rescind') }
  const theirs = { clear: cleared.of('per-process'), restart: restarted.of('per-process') }
  const bounds = Math.floor(awayMs / maxStalenessMs)
  const rule = { ...away, loads: keys * processes * bounds }
  return [
    ...answer('clear', ['loads'], mine.clear, ideal.name, ideal.figures),
    ...answer('clear', all, mine.clear, 'per-process', theirs.clear),
    ...answer('restart', ['loads'], mine.restart, ideal.name, ideal.figures),
    ...answer('restart', all, mine.restart, 'per-process', theirs.restart),
    ...answer('paced', all, cleared.of('paced'), 'unpaced', mine.clear),
    ...answer('away', ['loads'], away, `${bounds} per key and process`, rule),
    ...answer('away', ['peakLoads'], away, 'clear', mine.clear),
  ]
}

/** The recoveries of each store, and their medians. */
class Recoveries {
  readonly #recoveries = new Map<StoreName, Recovery[]>()

  add(store: StoreName, recovery: Recovery): void {
    this.#recoveries.set(store, [...(this.#recoveries.get(store) ?? []), recovery])
  }

  of(store: StoreName): Recovery {
    const recoveries = this.#recoveries.get(store) ?? []
    const middle = (figure: keyof Recovery) => median(recoveries.map((recovery) => recovery[figure]))
    return {
      loads: middle('loads'),
      peakLoads: middle('peakLoads'),
      ms: middle('ms'),
      readsPercent: middle('readsPercent'),
      p99Ms: middle('p99Ms'),
    }
  }
}

const titles: Readonly<Record<keyof Recovery, Pick<Line, 'name' | 'unit' | 'better'>>> = {
  loads: { name: 'loads', unit: 'loads', better: 'lower' },
  peakLoads: { name: 'peak', unit: 'loads in 100 ms', better: 'lower' },
  ms: { name: 'recovery', unit: 'ms', better: 'lower' },
  readsPercent: { name: 'reads', unit: '% of before', better: 'higher' },
  p99Ms: { name: 'p99', unit: 'ms', better: 'lower' },
}

const all: readonly (keyof Recovery)[] = ['loads', 'peakLoads', 'ms', 'readsPercent', 'p99Ms']

function answer(
  event: string,
  figures: readonly (keyof Recovery)[],
  mine: Recovery,
  peer: string,
  theirs: Recovery,
): Line[] {
  return figures.map((figure) => {
    const { name, unit, better } = titles[figure]
    return compare({ name: `epoch.${event}.${name}`, unit, better, ours: mine[figure], peer, theirs: theirs[figure] })
  })
}
