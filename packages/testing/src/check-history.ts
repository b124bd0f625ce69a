import { availabilityOf, recoveriesOf } from './availability.ts'
import { ByKey, groupBy, groupByKey } from './by-key.ts'
import { type CheckOptions, type ResolvedCheck, resolveCheck } from './check-options.ts'
import { Crashes } from './crashes.ts'
import { FaultWindows } from './fault-windows.ts'
import { Findings } from './findings.ts'
import type { HistoryRecord } from './history.ts'
import { KeyHistory } from './key-history.ts'
import { ProcessLogs } from './process-log.ts'
import type { HistoryReport } from './report.ts'
import { FalseAlarms } from './rules/false-alarms.ts'
import { judgeMonotonicReads } from './rules/monotonic-reads.ts'
import { judgeHeld } from './rules/quiet.ts'
import { judgeLoads } from './rules/single-loads.ts'
import { StaleReads } from './rules/stale-reads.ts'
import { type SortedHistory, sortHistory } from './sorted-history.ts'
import { stalenessOf } from './staleness.ts'

/**
 * Judges what happened by what is promised.
 *
 * @throws {InvalidHistoryError} for a record that is none, or that cannot be true.
 * @throws {InvalidArgumentError}
 */
export function checkHistory(history: Iterable<HistoryRecord>, options: CheckOptions): HistoryReport {
  const resolved = resolveCheck(options)
  const sorted = sortHistory(history)
  const findings = new Findings(resolved.maxViolations)
  const keys = keysOf(sorted, resolved)
  const agesMs = judgeReads(sorted, keys, findings, resolved)
  judgeWhatIsHeld(sorted, keys, findings)
  if (resolved.singleLoads) {
    judgeAllLoads(sorted, keys, findings, resolved)
  }
  judgeAlarms(sorted, findings, resolved)
  const { read, write, load, flush, fault } = sorted
  const { all, inFaults } = availabilityOf(read, new FaultWindows(fault, 0))
  return {
    ok: findings.ok,
    rules: findings.rules,
    violations: findings.violations,
    processes: countProcesses(read, write, load),
    keys: keys.size,
    writes: write.length,
    loads: load.length,
    flushes: flush.length,
    staleness: stalenessOf(agesMs),
    availability: all,
    availabilityInFaults: inFaults,
    recoveries: recoveriesOf(fault, read),
  }
}

function countProcesses(...lists: readonly (readonly { readonly process: string }[])[]): number {
  const names = new Set<string>()
  for (const list of lists) {
    for (const { process } of list) {
      names.add(process)
    }
  }
  return names.size
}

/** @throws {InvalidHistoryError} */
function keysOf({ write }: SortedHistory, { initialVersion }: ResolvedCheck): ByKey<KeyHistory> {
  const writes = groupByKey(write)
  const keys = new ByKey((named) => new KeyHistory(writes.of(named), initialVersion))
  for (const each of write) {
    keys.of(each)
  }
  return keys
}

/** For how long each answer had been overtaken when it was asked for. */
function judgeReads(
  { read, write }: SortedHistory,
  keys: ByKey<KeyHistory>,
  findings: Findings,
  { maxStalenessMs, isMonotonic }: ResolvedCheck,
): Float64Array {
  const answered = read.filter(({ failure }) => failure === undefined)
  const rule = new StaleReads({ maxStalenessMs, writes: write, keys, findings })
  const agesMs = Float64Array.from(answered, (each) => rule.judge(each))
  const ordered = answered.filter(({ region }) => isMonotonic(region))
  for (const own of groupBy(ordered, ({ process }) => process).values()) {
    for (const [named, reads] of groupByKey(own)) {
      judgeMonotonicReads(reads, keys.of(named), findings)
    }
  }
  return agesMs
}

function judgeWhatIsHeld({ held, crash }: SortedHistory, keys: ByKey<KeyHistory>, findings: Findings): void {
  const crashes = new Crashes(crash)
  for (const each of held) {
    judgeHeld(each, keys.of(each), crashes, findings)
  }
}

function judgeAllLoads(
  { load, applied, flush, fault, crash }: SortedHistory,
  keys: ByKey<KeyHistory>,
  findings: Findings,
  { settleMs }: ResolvedCheck,
): void {
  const logs = new ProcessLogs([...applied, ...flush])
  const [crashes, faults] = [new Crashes(crash), new FaultWindows(fault, settleMs)]
  for (const [named, loads] of groupByKey(load)) {
    judgeLoads(loads, keys.of(named), { logs, crashes, faults, findings })
  }
}

function judgeAlarms(
  { write, applied, flush, fault }: SortedHistory,
  findings: Findings,
  { settleMs }: ResolvedCheck,
): void {
  const losses = fault.filter(({ mayFlush = true }) => mayFlush)
  const rule = new FalseAlarms({ writes: write, faults: new FaultWindows(losses, settleMs), findings })
  for (const each of flush) {
    rule.judgeFlush(each)
  }
  for (const each of applied) {
    rule.judgeApplied(each)
  }
}
