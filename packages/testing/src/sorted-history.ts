import type { HistoryRecord } from './history.ts'
import { assertRecord } from './record-check.ts'

type RecordOf<T extends HistoryRecord['type']> = Extract<HistoryRecord, { readonly type: T }>

/** A history by type of record. */
export type SortedHistory = { readonly [T in HistoryRecord['type']]: readonly RecordOf<T>[] }

/** @throws {InvalidHistoryError} for a record that is none. */
export function sortHistory(history: Iterable<HistoryRecord>): SortedHistory {
  const sorted: { [T in HistoryRecord['type']]: RecordOf<T>[] } = {
    read: [],
    write: [],
    applied: [],
    flush: [],
    load: [],
    held: [],
    fault: [],
    crash: [],
  }
  for (const record of history) {
    assertRecord(record)
    add(record)
  }
  return sorted

  function add<T extends HistoryRecord['type']>(record: RecordOf<T> & { readonly type: T }): void {
    sorted[record.type].push(record)
  }
}
