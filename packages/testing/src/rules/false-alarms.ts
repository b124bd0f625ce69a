import type { FaultWindows } from '../fault-windows.ts'
import type { Findings } from '../findings.ts'
import type { AppliedRecord, FlushRecord, WriteRecord } from '../history.ts'
import { positionOf } from '../process-log.ts'
import { ms } from '../wording.ts'

export interface FalseAlarmsOptions {
  readonly writes: readonly WriteRecord[]
  /** Those faults that may have lost messages. */
  readonly faults: FaultWindows
  readonly findings: Findings
}

/** Judges what processes dropped: only what somebody wrote, or everything after what may have lost messages. */
export class FalseAlarms {
  readonly #faults: FaultWindows
  readonly #findings: Findings
  readonly #positions: ReadonlySet<string>
  /** Of what cleared everything. */
  readonly #clears: ReadonlySet<string>
  /** When the first write was made of which nobody knows where in the log it stands. */
  readonly #unplacedFrom: number
  /** When the first write was made that was acknowledged in this epoch. */
  readonly #firstOf = new Map<number, number>()

  constructor({ writes, faults, findings }: FalseAlarmsOptions) {
    this.#faults = faults
    this.#findings = findings
    this.#positions = new Set(writes.flatMap(({ position }) => position ?? []))
    this.#clears = new Set(writes.flatMap(({ how, position }) => (how === 'clear' ? (position ?? []) : [])))
    this.#unplacedFrom = writes.reduce(
      (first, { position, invokedAt, committedAt }) =>
        position === undefined ? Math.min(first, invokedAt ?? committedAt) : first,
      Number.POSITIVE_INFINITY,
    )
    for (const { position, invokedAt, committedAt } of writes) {
      if (position !== undefined) {
        const { epoch } = positionOf(position)
        const first = this.#firstOf.get(epoch) ?? Number.POSITIVE_INFINITY
        this.#firstOf.set(epoch, Math.min(first, invokedAt ?? committedAt))
      }
    }
  }

  judgeFlush(flush: FlushRecord): void {
    const { process, reason, position, at } = flush
    this.#findings.judged('false alarm')
    if (reason === 'joined' || this.#clears.has(position) || this.#faults.touch(at, at)) {
      return
    }
    this.#findings.broken(
      'false alarm',
      [flush],
      () => `${process} dropped everything at ${ms(at)} (${reason}), and no fault had lost a message`,
    )
  }

  judgeApplied(applied: AppliedRecord): void {
    const { process, position, at } = applied
    this.#findings.judged('false alarm')
    // The first entry of an epoch names nothing.
    const { epoch, seq } = positionOf(position)
    const placed = seq === 0 || this.#positions.has(position)
    if (placed || this.#unplacedFrom <= at || this.#faults.touch(at, at) || this.#isRepeated(epoch, at)) {
      return
    }
    this.#findings.broken(
      'false alarm',
      [applied],
      () => `${process} applied the message at ${position}, which belongs to no write`,
    )
  }

  /**
   * Whether it may have been appended again in a later epoch: the answer was lost, and then the log in which it stood, so that its
   * write has only the second place.
   */
  #isRepeated(epoch: number, at: number): boolean {
    return [...this.#firstOf].some(([later, from]) => later > epoch && from <= at)
  }
}
