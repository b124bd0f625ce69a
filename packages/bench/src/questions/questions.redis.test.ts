import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Line } from '../line.ts'
import { others } from '../peers/all-peers.ts'
import { otherRemotes } from '../remote/all-remote-peers.ts'
import { askCost } from './cost.ts'
import { askEpoch } from './epoch.ts'
import { askFaults } from './faults.ts'
import { askGrowth } from './growth.ts'
import { askL2 } from './l2.ts'
import { askLag } from './lag.ts'
import { askRate } from './rate.ts'
import { askStampede } from './stampede.ts'
import { askTags } from './tags.ts'

function checkFigures(lines: readonly Line[]): void {
  for (const { ours, theirs, ratio } of lines) {
    expect(ours).to.be.greaterThan(0)
    expect(theirs).to.be.greaterThan(0)
    expect(ratio).to.equal(ours / theirs)
  }
}

describe('the questions, asked in small', () => {
  it('lag compares the median, the p99 and the maximum, for each number of receivers', async () => {
    const warmUp = { calls: 50, callers: 4, perSecond: 1_000 }
    const lines = await askLag({ receivers: [1, 2], rounds: 1, calls: 20, perSecond: 200, keysPerCall: 1, warmUp })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal(
      [1, 2].flatMap((receivers) =>
        others.flatMap(({ name }) => ['median', 'p99', 'max'].map((figure) => `lag.${receivers}.${figure} ${name}`)),
      ),
    )
    checkFigures(lines)
  })

  it('rate compares one key per call and many', async () => {
    const small = { unit: 'keys/s', calls: 50, forMs: 500, callers: 4 }
    const variants = [
      { ...small, name: 'one-key', keysPerCall: 1 },
      { ...small, name: 'ten-keys', keysPerCall: 10 },
    ]
    const lines = await askRate({ receivers: 2, warmUpRounds: 1, rounds: 1, variants })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal(
      ['one-key', 'ten-keys'].flatMap((figure) =>
        others.filter(({ onlyHolders }) => !onlyHolders).map(({ name }) => `rate.${figure} ${name}`),
      ),
    )
    checkFigures(lines)
  })

  it('l2 compares hits and misses, one id at a time and many', async () => {
    const lines = await askL2({ rounds: 1, reads: 100, others: ['layered-loader', 'by hand'] })
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
    const lines = await askTags({ sizes: [1, 20], largest: 50, rounds: 2, reads: 100, theirReads: 20 })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal([
      ...['1', '20'].flatMap((size) =>
        ['key set', 'bentocache', 'cacheable'].flatMap((peer) =>
          ['invalidate', 'work'].map((figure) => `tags.${figure}.${size} ${peer}`),
        ),
      ),
      ...['tags.invalidate.50 of 1 key', 'tags.work.50 of 1 key'],
      ...['tags.hit without tags', 'tags.hit bentocache', 'tags.hit cacheable'],
    ])
    checkFigures(lines)
  })
  for (const peer of otherRemotes) {
    it(`l2 has ${peer} answer, with and without Redis`, async () => {
      checkFigures(await askL2({ rounds: 1, reads: 100, others: [peer] }))
    })
  }

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

  it('stampede counts the loads of one key in one process and in several', async () => {
    const lines = await askStampede({ reads: 20, processes: [1, 2], loadMs: 100, rounds: 1, peers: ['by hand'] })
    expect(lines.map(({ name, ours, theirs }) => [name, ours, theirs])).to.deep.equal([
      ['stampede.1', 1, 20],
      ['stampede.2', 1, 20],
    ])
  })

  it('faults finds nothing stale with us in the end, and finds what a message that nobody heard leaves elsewhere', async () => {
    const small = { readers: 1, keys: 5, lastsMs: 100, patienceMs: 500, loadMs: 300, watchMs: 1_500 }
    const lines = await askFaults({ ...small, peers: ['by hand'], faults: ['none', 'late-load'] })
    expect(
      lines.filter(({ unit }) => unit === 'keys').map(({ name, ours, theirs }) => [name, ours, theirs]),
    ).to.deep.equal([
      ['faults.none.stale-keys', 0, 0],
      ['faults.late-load.stale-keys', 0, 5],
    ])
  })

  it('growth names the processes and the keys of a call', async () => {
    const warmUp = { calls: 20, callers: 4, perSecond: 1_000 }
    const small = { receivers: 1, rounds: 1, calls: 10, seconds: 0.1, keys: 200, warmUp }
    const lines = await askGrowth({ ...small, processes: [2], keysPerMessage: [100] })
    expect(lines.filter(({ peer }) => peer === 'naive').map(({ name }) => name)).to.deep.equal([
      'growth.processes.2',
      'growth.keys.100',
    ])
    checkFigures(lines)
  })

  it('cost weighs a start, a read, an invalidation, and hearing it', async () => {
    const lines = await askCost({ receivers: 1, turns: 100, rounds: 1, peers: ['by hand', 'cacheable'] })
    const figures = ['start-up ms', 'bytes-per-read bytes', 'bytes-per-invalidation bytes', 'cpu-per-1000-heard ms']
    expect(lines.map(({ name, unit, peer }) => `${name} ${unit} ${peer}`)).to.deep.equal(
      figures.flatMap((figure) => ['by hand', 'cacheable'].map((peer) => `cost.${figure} ${peer}`)),
    )
    checkFigures(lines)
    // A value of 200 bytes, and what is said about it.
    const perRead = lines.filter(({ name }) => name === 'cost.bytes-per-read')
    for (const { theirs } of perRead) expect(theirs).to.be.within(200, 400)
  })

  it('cost asks those that tell nobody only what it takes to start and to read', async () => {
    const lines = await askCost({ receivers: 1, turns: 10, rounds: 1, peers: ['cache-manager'] })
    expect(lines.map(({ name }) => name)).to.deep.equal(['cost.start-up', 'cost.bytes-per-read'])
    checkFigures(lines)
  })
})
