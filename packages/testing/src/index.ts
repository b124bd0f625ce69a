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
export type { Answered, HistoryReport, Recovery, Rule, RuleReport, StalenessReport, Violation } from './report.ts'
