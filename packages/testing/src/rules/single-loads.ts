import { groupBy } from '../by-key.ts'
import type { Crashes } from '../crashes.ts'
import type { FaultWindows } from '../fault-windows.ts'
import type { Findings } from '../findings.ts'
import type { LoadRecord } from '../history.ts'
import type { KeyHistory } from '../key-history.ts'
import { type ProcessLogs, positionOf } from '../process-log.ts'
import { ms, nameOf } from '../wording.ts'

export interface SingleLoadsOptions {
  readonly logs: ProcessLogs
  readonly crashes: Crashes
  readonly faults: FaultWindows
  readonly findings: Findings
}

/** A load that came home, begun by a process that had heard of what it returned. */
interface Informed {
  readonly load: LoadRecord
  readonly version: number
  readonly epoch: number
}

/** Judges the loads of one key: one for each version and epoch, of those begun when the process had heard of it. */
export function judgeLoads(loads: readonly LoadRecord[], history: KeyHistory, options: SingleLoadsOptions): void {
  const informed = loads.flatMap((load) => inform(load, history, options) ?? [])
  for (const [, generation] of groupBy(informed, ({ version, epoch }) => `${version} ${epoch}`)) {
    judgeGeneration(generation, history, options)
  }
}

function inform(load: LoadRecord, history: KeyHistory, { logs, faults }: SingleLoadsOptions): Informed | undefined {
  const { process, beganAt, endedAt, version } = load
  const log = logs.of(process)
  const epoch = log.epochAt(beganAt)
  if (epoch === undefined || endedAt === undefined || version === undefined || faults.touch(beganAt, endedAt)) {
    return undefined
  }
  const records = history.version(version)?.records ?? []
  const positions = records.flatMap(({ position }) => position ?? [])
  const heard = positions.some((position) => log.heardAt(position) < beganAt)
  return heard || records.length === 0 ? { load, version, epoch } : undefined
}

function judgeGeneration(
  generation: readonly Informed[],
  history: KeyHistory,
  { crashes, findings }: SingleLoadsOptions,
): void {
  const [first] = generation
  if (!first) {
    return
  }
  const { version, epoch } = first
  const positions = new Set((history.version(version)?.records ?? []).flatMap(({ position }) => position ?? []))
  const epochs = [...positions].map((position) => positionOf(position).epoch)
  // Each message about it ends what was loaded before, and so does a new epoch.
  const tellings = epochs.filter((each) => each === epoch).length
  const older = epochs.length === 0 || epochs.some((each) => each < epoch)
  const loads = generation.map(({ load }) => load).sort((a, b) => a.beganAt - b.beganAt)
  const last = loads.at(-1)
  const crashed = loads.filter((load) => crashes.within(load.process, load.beganAt, last?.beganAt ?? 0)).length
  findings.judged('single load')
  const allowed = tellings + (older ? 1 : 0) + crashed
  if (loads.length > allowed && last) {
    const others = loads.map(({ process, beganAt }) => `${process} at ${ms(beganAt)}`).join(', ')
    findings.broken(
      'single load',
      [last, ...loads.slice(0, -1)],
      () =>
        `${nameOf(last)} was loaded ${loads.length} times at version ${version}, in place of ${allowed}: by ${others}`,
    )
  }
}
