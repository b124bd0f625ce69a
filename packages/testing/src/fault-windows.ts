import { firstIndex } from './acked-writes.ts'
import type { FaultRecord } from './history.ts'

interface Window {
  readonly from: number
  until: number
}

/** The times in which something was broken, or had not settled since. */
export class FaultWindows {
  /** In order, and apart. */
  readonly #windows: readonly Window[]

  /** @param settleMs for so long after a fault was healed it counts on. */
  constructor(faults: readonly FaultRecord[], settleMs: number) {
    const windows: Window[] = []
    for (const { from, until = Number.POSITIVE_INFINITY } of [...faults].sort((a, b) => a.from - b.from)) {
      const last = windows.at(-1)
      if (last && from <= last.until) {
        last.until = Math.max(last.until, until + settleMs)
      } else {
        windows.push({ from, until: until + settleMs })
      }
    }
    this.#windows = windows
  }

  /** Whether something was broken at any time of these, both ends included. */
  touch(from: number, until: number): boolean {
    const windows = this.#windows
    const next = windows[firstIndex(windows.length, (at) => (windows[at]?.until ?? 0) >= from)]
    return next !== undefined && next.from <= until
  }
}
