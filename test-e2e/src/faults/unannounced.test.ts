import type { HistoryRecord } from '@rescind/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Commit } from '../database.ts'
import { unannounced } from './unannounced.ts'

const commits: readonly Commit[] = [
  { id: 'plain/a', version: 2, committedAt: 10 },
  { id: 'plain/a', version: 3, committedAt: 20 },
  { id: 'plain/b', version: 2, committedAt: 30 },
]

function write(key: string, version: number, ackedAt?: number): HistoryRecord {
  const acked = ackedAt === undefined ? {} : { ackedAt }
  return { type: 'write', process: 'n', region: 'plain', key, version, committedAt: 10, how: 'invalidate', ...acked }
}

describe('unannounced', () => {
  it('is nothing where the newest version of each key was acknowledged', () => {
    const history = [write('a', 2), write('a', 3, 25), write('b', 2, 35)]
    expect(unannounced(history, commits)).to.deep.equal({ unrecorded: [], owed: [] })
  })

  it('has the newest version of a key that nobody acknowledged, though an older one was', () => {
    const history = [write('a', 2, 15), write('a', 3), write('b', 2, 35)]
    expect(unannounced(history, commits).owed).to.deep.equal([{ region: 'plain', key: 'a', version: 3 }])
  })

  it('has, by the name of its process, what was asked for ahead of its commit and is in no history, once', () => {
    const asked = { id: 'plain/b', version: 3, committedAt: 35, process: 'n-1' }
    const saved = { id: 'plain/b', version: 3, committedAt: 40 }
    const history = [write('a', 2), write('a', 3, 25), write('b', 2, 35)]
    const { unrecorded, owed } = unannounced(history, [...commits, saved], [asked])
    expect(unrecorded).to.deep.equal([
      { type: 'write', process: 'n-1', region: 'plain', key: 'b', version: 3, committedAt: 35, how: 'queue' },
    ])
    expect(owed).to.deep.equal([{ region: 'plain', key: 'b', version: 3 }])
    expect(unannounced(history, commits, [asked]).owed, 'what was never saved').to.deep.equal([])
  })

  it('has the commits of which the history knows nothing', () => {
    const { unrecorded } = unannounced([write('a', 3, 25), write('b', 2, 35)], commits)
    const lost = {
      type: 'write',
      process: 'database',
      region: 'plain',
      key: 'a',
      version: 2,
      committedAt: 10,
      how: 'queue',
    }
    expect(unrecorded).to.deep.equal([lost])
  })
})
