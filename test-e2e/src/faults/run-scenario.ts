import { setTimeout as pause } from 'node:timers/promises'
import { checkHistory, type HistoryRecord } from '@rescind/testing'
import { machineNow } from '../machine-clock.ts'
import { inflict } from './inflict.ts'
import type { Mutant } from './mutant.ts'
import { NETWORK_FAULTS } from './network-faults.ts'
import type { Outcome } from './outcome.ts'
import { PROCESS_FAULTS } from './process-faults.ts'
import type { Scenario } from './scenario.ts'
import { scheduleOf } from './schedule.ts'
import type { Topology } from './topology.ts'
import { World } from './world.ts'

export interface RunSettings {
  readonly seed: number
  readonly durationMs: number
  /** What every process is started as. */
  readonly mutant?: Mutant | undefined
}

/** A lost history and its successor are no false alarm, however long a failover takes. */
const settleMs = 30_000

/** Runs a scenario until its time is up, heals all, and judges what was recorded. */
export async function runScenario(scenario: Scenario, { seed, durationMs, mutant }: RunSettings): Promise<Outcome> {
  const beganAt = machineNow()
  const topology = await scenario.start()
  const { maxStalenessMs, strict = false, patient = false } = scenario
  let history: readonly HistoryRecord[] = []
  let failure: string | undefined
  try {
    const world = await World.open({
      topology,
      maxStalenessMs,
      strict,
      patient,
      sendsOn: true,
      leaseTtlMs: patient ? 20_000 : 2_000,
      mutant,
    })
    history = world.history
    try {
      await live(world, scenario, topology, seed, durationMs)
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    } finally {
      await world.stop()
    }
  } finally {
    await topology.stop()
  }
  const report = checkHistory(history, { maxStalenessMs, initialVersion: 1, singleLoads: patient, settleMs })
  return { scenario: scenario.name, seed, report, failure, history, tookMs: machineNow() - beganAt }
}

async function live(
  world: World,
  { nodes, publishers, loopsOf, wants, combined, maxStalenessMs: boundMs, drive }: Scenario,
  topology: Topology,
  seed: number,
  durationMs: number,
): Promise<void> {
  await Promise.all([
    ...Array.from({ length: publishers }, () => world.add('publisher')),
    ...Array.from({ length: nodes }, () => world.add('node')),
  ])
  if (drive) {
    await drive(world, durationMs)
  } else {
    await world.work(loopsOf)
    const faults = [...topology.faults, ...NETWORK_FAULTS, ...PROCESS_FAULTS].filter(wants)
    const steps = scheduleOf({ seed, faults, durationMs, combined, boundMs })
    await Promise.all([pause(durationMs), inflict(world, faults, steps)])
  }
  await world.quieten()
  await world.observe()
  world.expectUnharmed()
}
