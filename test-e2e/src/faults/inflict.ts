import { setTimeout as pause } from 'node:timers/promises'
import { machineNow } from '@rescind/testing'
import type { Fault } from './fault.ts'
import type { Step } from './schedule.ts'
import type { World } from './world.ts'

/**
 * Breaks and heals what the schedule says, each lane on its own; resolves when all is healed.
 *
 * @param untilMs nothing begins after that, where the machine is so slow that the schedule takes longer.
 */
export async function inflict(
  world: World,
  faults: readonly Fault[],
  steps: readonly Step[],
  untilMs: number,
): Promise<void> {
  const beganAt = machineNow()
  const lanes = new Map<string, { readonly step: Step; readonly fault: Fault }[]>()
  for (const step of steps) {
    const fault = faults.find(({ name }) => name === step.fault)
    if (!fault) throw new Error(`There is no fault ${step.fault}`)
    lanes.set(step.lane, [...(lanes.get(step.lane) ?? []), { step, fault }])
  }
  const ended = await Promise.allSettled(
    [...lanes.values()].map(async (lane) => {
      for (const { step, fault } of lane) {
        if (machineNow() - beganAt > untilMs) break
        await pause(Math.max(0, beganAt + step.atMs - machineNow()))
        await strike(world, fault, step)
      }
    }),
  )
  for (const end of ended) {
    if (end.status === 'rejected') throw end.reason
  }
}

async function strike(world: World, fault: Fault, { lastsMs, target }: Step): Promise<void> {
  const member = world.members[target % world.members.length]
  if (!member?.running) return
  const { name: what, mayFlush, single } = fault
  const from = machineNow()
  const { process } = member
  const heal = await fault.begin(member, lastsMs)
  await pause(Math.max(0, from + lastsMs - machineNow()))
  await heal()
  const struck = single ? { processes: [process] } : {}
  world.record({ type: 'fault', what, from, until: machineNow(), mayFlush, ...struck })
}
