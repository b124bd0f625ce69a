import { startRedis } from '@rescind/testbed'
import { checkHistory, type HistoryReport, type Rule } from '@rescind/testing'
import { Links } from './links.ts'
import type { Mutant } from './mutant.ts'
import { Stage } from './stage.ts'
import type { Topology } from './topology.ts'
import { World } from './world.ts'

/** A play that goes well as long as one rule holds: a suite that cannot fail proves nothing. */
export interface Control {
  /** What is broken: a rule of the library, or all of it. */
  readonly broken: Mutant | 'naive'
  /** What the checker is to see then. */
  readonly sees: Rule
  readonly maxStalenessMs?: number
  /** Whether a Redis that is silent for long counts as a slow one. Default false. */
  readonly patient?: boolean
  /** Default false. */
  readonly strict?: boolean
  readonly play: (stage: Stage) => Promise<void>
}

const usualBoundMs = 500

/** @param asBroken false: the library as it is built. */
export async function runControl(control: Control, asBroken: boolean): Promise<HistoryReport> {
  const { broken, maxStalenessMs = usualBoundMs, patient = false, strict = false, play } = control
  const redis = await startRedis()
  const links = new Links()
  const topology: Topology = {
    faults: [],
    async connect() {
      const link = await links.to(redis)
      return { way: { kind: 'single', url: link.url }, links: [link] }
    },
    stop: () => redis.stop(),
  }
  try {
    const mutant = asBroken && broken !== 'naive' ? broken : undefined
    const world = await World.open({ topology, maxStalenessMs, strict, patient, leaseTtlMs: 20_000, mutant })
    try {
      await play(new Stage(world, redis, asBroken && broken === 'naive' ? 'naive' : 'node'))
      await world.collect()
      world.expectUnharmed()
    } finally {
      await world.stop()
    }
    return checkHistory(world.history, { maxStalenessMs, initialVersion: 1, singleLoads: false, settleMs: 60_000 })
  } finally {
    await links.close()
    await redis.stop()
  }
}
