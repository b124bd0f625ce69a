import { firstIndex } from './acked-writes.ts'
import { groupBy } from './by-key.ts'
import type { FaultWindows } from './fault-windows.ts'
import type { FaultRecord, ReadRecord } from './history.ts'
import type { Answered, Recovery } from './report.ts'

/** How many reads were answered, in all and during faults. */
export function availabilityOf(
  reads: readonly ReadRecord[],
  faults: FaultWindows,
): { all: Answered; inFaults: Answered } {
  const counts = { reads: 0, failed: 0 }
  const inFaults = { reads: 0, failed: 0 }
  for (const { invokedAt, returnedAt, failure } of reads) {
    for (const count of faults.touch(invokedAt, returnedAt) ? [counts, inFaults] : [counts]) {
      count.reads += 1
      count.failed += failure === undefined ? 0 : 1
    }
  }
  return { all: answered(counts), inFaults: answered(inFaults) }
}

function answered({ reads, failed }: Omit<Answered, 'share'>): Answered {
  return { reads, failed, share: reads === 0 ? 1 : (reads - failed) / reads }
}

/** How long after each fault the processes that it struck had their first answer from L1, of those that say so at all. */
export function recoveriesOf(faults: readonly FaultRecord[], reads: readonly ReadRecord[]): Recovery[] {
  const hits = new Map<string, Float64Array>()
  for (const [process, own] of groupBy(
    reads.filter(({ hit }) => hit),
    (read) => read.process,
  )) {
    hits.set(process, Float64Array.from(own, ({ invokedAt }) => invokedAt).sort())
  }
  return faults.flatMap(({ what, until, processes }) => {
    if (until === undefined) {
      return []
    }
    const struck = processes?.filter((process) => hits.has(process)) ?? [...hits.keys()]
    const waits = struck.map((process) => ({ process, waitMs: firstFrom(hits.get(process), until) - until }))
    const found = waits.map(({ waitMs }) => waitMs).filter(Number.isFinite)
    const without = waits.filter(({ waitMs }) => !Number.isFinite(waitMs)).map(({ process }) => process)
    return [{ what, healedAt: until, slowestMs: Math.max(0, ...found), without }]
  })
}

function firstFrom(times: Float64Array = new Float64Array(), from: number): number {
  return times[firstIndex(times.length, (index) => (times[index] ?? 0) >= from)] ?? Number.POSITIVE_INFINITY
}
