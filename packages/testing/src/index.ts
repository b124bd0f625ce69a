export type { Address, Direction, EventuallyOptions, FaultProxy } from '@rescind/faults'
export { eventually, startProxy } from '@rescind/faults'
export { checkHistory } from './check-history.ts'
export type { CheckOptions } from './check-options.ts'
export { InvalidHistoryError } from './errors.ts'
export type {
  AppliedRecord,
  CrashRecord,
  FaultRecord,
  FlushRecord,
  HeldRecord,
  HistoryRecord,
  KeyOfRegion,
  LoadRecord,
  ReadRecord,
  WriteRecord,
} from './history.ts'
export { readHistory } from './history-file.ts'
export { machineNow } from './machine-clock.ts'
export type { Commit, FaultNotes, ReadNotes, RecorderOptions, WriteNotes } from './recorder.ts'
export { Recorder } from './recorder.ts'
export type { Answered, HistoryReport, Recovery, Rule, RuleReport, StalenessReport, Violation } from './report.ts'
export type { TestCluster, TestClusterOptions } from './test-cluster.ts'
export { createTestCluster } from './test-cluster.ts'
export type { TestNode } from './test-node.ts'
