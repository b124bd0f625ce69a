import { emit } from '@rescind/testbed'
import type { HistoryRecord } from '@rescind/testing'

/** Takes note of something that happened. */
export type Record = (record: HistoryRecord) => void

const sendEveryMs = 100

export interface Recorder {
  readonly record: Record
  /** Sends what is noted and has not been sent. */
  send(): void
}

/** Sends what is noted to the one that started this process, a bundle at a time. */
export function startRecorder(): Recorder {
  let noted: HistoryRecord[] = []
  const send = () => {
    if (noted.length === 0) return
    emit({ type: 'records', records: noted })
    noted = []
  }
  setInterval(send, sendEveryMs).unref()
  return { record: (record) => void noted.push(record), send }
}
