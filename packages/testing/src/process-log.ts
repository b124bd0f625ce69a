import { comparePositions, type Position, parsePosition } from '@rescind/bus'
import { firstIndex } from './acked-writes.ts'
import { groupBy } from './by-key.ts'
import type { AppliedRecord, FlushRecord } from './history.ts'

interface Step {
  readonly at: number
  readonly position: Position
  readonly flush: boolean
}

/** What one process had heard, and when. */
export class ProcessLog {
  readonly #steps: readonly Step[]
  readonly #flushes: readonly Step[]
  readonly #appliedAt = new Map<string, number>()

  constructor(records: readonly (AppliedRecord | FlushRecord)[]) {
    const ordered = [...records].sort((a, b) => a.at - b.at)
    this.#steps = ordered.map(({ type, at, position }) => ({
      at,
      position: positionOf(position),
      flush: type === 'flush',
    }))
    this.#flushes = this.#steps.filter(({ flush }) => flush)
    for (const { type, position, at } of ordered) {
      if (type === 'applied' && !this.#appliedAt.has(position)) {
        this.#appliedAt.set(position, at)
      }
    }
  }

  /** The epoch that the process was in; undefined before it had heard anything. */
  epochAt(time: number): number | undefined {
    const steps = this.#steps
    return steps[firstIndex(steps.length, (index) => (steps[index]?.at ?? 0) >= time) - 1]?.position.epoch
  }

  /** When it had applied this message, or dropped everything at or after it; infinite if it never did. */
  heardAt(position: string): number {
    const sought = positionOf(position)
    const flush = this.#flushes.find((each) => comparePositions(each.position, sought) >= 0)
    return Math.min(this.#appliedAt.get(position) ?? Number.POSITIVE_INFINITY, flush?.at ?? Number.POSITIVE_INFINITY)
  }
}

/** The logs of all processes, each made when it is first asked for. */
export class ProcessLogs {
  readonly #records: ReadonlyMap<string, readonly (AppliedRecord | FlushRecord)[]>
  readonly #logs = new Map<string, ProcessLog>()

  constructor(records: readonly (AppliedRecord | FlushRecord)[]) {
    this.#records = groupBy(records, ({ process }) => process)
  }

  /** Empty if the process said nothing of what it heard. */
  of(process: string): ProcessLog {
    let log = this.#logs.get(process)
    if (!log) {
      log = new ProcessLog(this.#records.get(process) ?? [])
      this.#logs.set(process, log)
    }
    return log
  }
}

export function positionOf(text: string): Position {
  return parsePosition(text) ?? { epoch: 0, seq: 0 }
}
