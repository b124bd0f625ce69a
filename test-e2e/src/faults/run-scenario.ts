import { setTimeout as pause } from 'node:timers/promises'
import { checkHistory, machineNow } from '@rescind/testing'
import { inflict } from './inflict.ts'
import { VERSIONED_REGION } from './keys.ts'
import type { Role } from './member.ts'
import type { Mutant } from './mutant.ts'
import { NETWORK_FAULTS } from './network-faults.ts'
import type { Outcome } from './outcome.ts'
import { processFaults, relayKilled } from './process-faults.ts'
import type { Scenario } from './scenario.ts'
import { scheduleOf } from './schedule.ts'
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
  const { name, maxStalenessMs, strict = false, patient = false, lagMs = 0, combined, wants } = scenario
  const topology = await scenario.start()
  try {
    const leaseTtlMs = patient ? 20_000 : 2_000
    const world = await World.open({ topology, maxStalenessMs, strict, patient, leaseTtlMs, sendsOn: true, mutant })
    const { history } = world
    await world.database.call('lag', VERSIONED_REGION, lagMs)
    const ofProcesses = [...processFaults(world), ...(scenario.relays ? [relayKilled(world)] : [])]
    const faults = [...topology.faults, ...NETWORK_FAULTS, ...ofProcesses].filter(wants)
    const steps = scheduleOf({ seed, faults, durationMs, combined, boundMs: maxStalenessMs })
    // Each fault that is alone is to have its turn.
    const untilMs = combined ? durationMs : Number.POSITIVE_INFINITY
    const failure = await live(world, scenario, durationMs, () => inflict(world, faults, steps, untilMs))
    const report = checkHistory(history, {
      // What is loaded without Redis, where nobody tells of versions, is as old as the replica already.
      maxStalenessMs: maxStalenessMs + lagMs,
      initialVersion: 1,
      monotonicReads: [VERSIONED_REGION],
      singleLoads: patient,
      settleMs,
    })
    const names = faults.map((fault) => fault.name)
    return { scenario: name, seed, report, faults: names, failure, history, tookMs: machineNow() - beganAt }
  } finally {
    await topology.stop()
  }
}

/** What went wrong but for what the history tells. */
async function live(
  world: World,
  { nodes, publishers, relays = 0, loopsOf, drive, keys }: Scenario,
  durationMs: number,
  inflictAll: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await world.addAll([...filled('publisher', publishers), ...filled('relay', relays), ...filled('node', nodes)])
    if (drive) {
      await drive(world, durationMs)
    } else {
      await world.work(loopsOf)
      await Promise.all([pause(durationMs), inflictAll()])
    }
    await world.quieten()
    await world.observe(keys)
    world.expectUnharmed()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await world.stop()
  }
}

function filled(role: Role, count: number): Role[] {
  return Array.from({ length: count }, () => role)
}
