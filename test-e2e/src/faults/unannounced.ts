import type { HistoryRecord, WriteRecord } from '@rescind/testing'
import type { Commit, Reservation } from '../database.ts'
import { type Committed, keyOf, rowOf } from './keys.ts'

/** What processes left behind that did not live to finish. */
export interface Unannounced {
  /** Commits of which the history has nothing. */
  readonly unrecorded: readonly WriteRecord[]
  /** The newest version of each key, if it was never acknowledged. */
  readonly owed: readonly Committed[]
}

/**
 * @param commits all of the run, in order.
 * @param reservations of versions that are committed later, and can be read before.
 */
export function unannounced(
  history: readonly HistoryRecord[],
  commits: readonly Commit[],
  reservations: readonly Reservation[] = [],
): Unannounced {
  const recorded = new Set<string>()
  const acked = new Map<string, number>()
  for (const record of history) {
    if (record.type !== 'write') continue
    const { region = '', key, version, ackedAt } = record
    const row = rowOf({ region, key })
    recorded.add(`${row} ${version}`)
    if (ackedAt !== undefined) acked.set(row, Math.max(version, acked.get(row) ?? 0))
  }
  const newest = new Map(commits.map(({ id, version }) => [id, version]))
  return {
    unrecorded: [...reservations, ...commits.map((commit) => ({ ...commit, process: 'database' }))].flatMap(
      ({ id, version, process, committedAt }): WriteRecord[] => {
        const name = `${id} ${version}`
        if (recorded.has(name)) return []
        recorded.add(name)
        return [{ type: 'write', process, ...keyOf(id), version, committedAt, how: 'queue' }]
      },
    ),
    owed: [...newest]
      .filter(([row, version]) => version > (acked.get(row) ?? 0))
      .map(([row, version]) => ({ ...keyOf(row), version })),
  }
}
