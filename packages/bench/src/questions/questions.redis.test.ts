import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Line } from '../line.ts'
import { askEpoch } from './epoch.ts'
import { askL2 } from './l2.ts'
import { askLag } from './lag.ts'
import { askRate } from './rate.ts'
import { askTags } from './tags.ts'

function checkFigures(lines: readonly Line[]): void {
  for (const { ours, theirs, ratio } of lines) {
    expect(ours).to.be.greaterThan(0)
    expect(theirs).to.be.greaterThan(0)
    expect(ratio).to.equal(ours / theirs)
  }
}

describe('the questions, asked in small', () => {
  it('lag compares the median, the p99 and the maximum', async () => {
    const warmUp = { calls: 50, callers: 4, perSecond: 1_000 }
    const lines = await askLag({ receivers: 2, rounds: 1, calls: 20, perSecond: 200, warmUp })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal([
      ...['lag.median naive', 'lag.p99 naive', 'lag.max naive'],
      ...['lag.median script', 'lag.p99 script', 'lag.max script'],
    ])
    checkFigures(lines)
  })

  it('rate compares one key per call and many', async () => {
    const small = { unit: 'keys/s', calls: 50, forMs: 500, callers: 4 }
    const variants = [
      { ...small, name: 'one-key', keysPerCall: 1 },
      { ...small, name: 'ten-keys', keysPerCall: 10 },
    ]
    const lines = await askRate({ receivers: 2, warmUpRounds: 1, rounds: 1, variants })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal([
      ...['rate.one-key naive', 'rate.one-key script'],
      ...['rate.ten-keys naive', 'rate.ten-keys script'],
    ])
    checkFigures(lines)
  })

  it('l2 compares hits and misses, one id at a time and many', async () => {
    const lines = await askL2({ rounds: 1, reads: 100 })
    expect([...new Set(lines.map(({ name }) => name))]).to.deep.equal([
      'l2.hits.1',
      'l2.hits.64',
      'l2.hits.many',
      'l2.misses.64',
      'l2.misses.many',
    ])
    checkFigures(lines)
  })

  it('tags compares what an invalidation takes, and costs Redis, and hits with and without tags', async () => {
    const lines = await askTags({ sizes: [1, 20], largest: 50, rounds: 2, reads: 100 })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal([
      ...['tags.invalidate.1 key set', 'tags.work.1 key set', 'tags.invalidate.20 key set', 'tags.work.20 key set'],
      ...['tags.invalidate.50 of 1 key', 'tags.work.50 of 1 key', 'tags.hit without tags'],
    ])
    checkFigures(lines)
  })

  it('epoch counts what the source is asked, after a clear, a restart, and while Redis is away', async () => {
    const small = { processes: 2, readers: 4, keys: 20, loadMs: 5, pacedLoads: 1, warmMs: 50, rounds: 1 }
    const lines = await askEpoch({ ...small, maxStalenessMs: 1_000, awayMs: 1_600 })
    const each = ['loads', 'peak', 'recovery', 'reads', 'p99']
    expect(lines.map(({ name }) => name)).to.deep.equal([
      ...['loads', ...each].map((figure) => `epoch.clear.${figure}`),
      ...['loads', ...each].map((figure) => `epoch.restart.${figure}`),
      ...each.map((figure) => `epoch.paced.${figure}`),
      ...['loads', 'peak'].map((figure) => `epoch.away.${figure}`),
    ])
    checkFigures(lines)
  })
})
