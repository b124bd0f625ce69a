import { groupBy } from './by-key.ts'
import type { CrashRecord } from './history.ts'

/** When processes ended without a chance to finish anything. */
export class Crashes {
  readonly #at: ReadonlyMap<string, readonly CrashRecord[]>

  constructor(crashes: readonly CrashRecord[]) {
    this.#at = groupBy(crashes, ({ process }) => process)
  }

  /** Whether the process crashed in that time, both ends included. */
  within(process: string, from: number, until: number): boolean {
    return this.#at.get(process)?.some(({ at }) => at >= from && at <= until) ?? false
  }
}
