import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { generatedWorkloads } from '../hits/generated-workloads.ts'
import type { Line } from '../line.ts'
import { askHitRatio } from './hit-ratio.ts'
import { askL1 } from './l1.ts'

function checkFigures(lines: readonly Line[]): void {
  for (const { ours, theirs, ratio } of lines) {
    expect(ours).to.be.greaterThan(0)
    expect(theirs).to.be.greaterThan(0)
    expect(ratio).to.equal(ours / theirs)
  }
}

const libraries = ['bentocache', 'cacheable', 'cache-manager', 'async-cache-dedupe']

describe('the questions about one process, asked in small', () => {
  it('hit-ratio compares each workload at each capacity, with and without invalidations', async () => {
    const reads = Int32Array.from({ length: 3_000 }, (_, n) => (n * n) % 100)
    const lines = await askHitRatio([{ name: 'squares', reads, keys: 100, capacities: [5, 10] }])
    const figures = ['5', '5.invalidated', '10', '10.invalidated'].map((figure) => `hit-ratio.squares.${figure}`)
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal(
      figures.flatMap((figure) => ['quick-lru', 'lru-cache', 'optimum'].map((peer) => `${figure} ${peer}`)),
    )
    checkFigures(lines)
    const optima = lines.filter(({ peer }) => peer === 'optimum')
    for (const { ours, theirs } of optima) expect(ours).to.be.at.most(theirs)
    const [few = 0, fewInvalidated = 0, more = 0, moreInvalidated = 0] = optima.map(({ theirs }) => theirs)
    expect(few).to.be.lessThan(more)
    expect(fewInvalidated).to.be.lessThan(few)
    expect(moreInvalidated).to.be.lessThan(more)
  })

  it('hit-ratio answers the same for what it generates each time', async () => {
    const answer = () => askHitRatio(generatedWorkloads(2_000))
    expect(await answer()).to.deep.equal(await answer())
  })

  it('l1 compares reads of each pattern, and the heap', async () => {
    const comparisons = [{ figure: 'await', ours: 'region.get', others: ['Map', ...libraries] }]
    const small = {
      entries: 100,
      reads: 1_000,
      slow: ['cacheable'],
      slowReads: 10,
      launches: 1,
      warmUpRounds: 1,
      rounds: 1,
      heapEntries: 10_000,
      weighedReaders: { ours: 'region.get', others: ['async-cache-dedupe'] },
      readerHeapEntries: 20_000,
    }
    const lines = await askL1({ ...small, comparisons, weighed: ['quick-lru'] })
    expect(lines.map(({ name, peer }) => `${name} ${peer}`)).to.deep.equal([
      ...['hot', 'same-string', 'random'].flatMap((pattern) =>
        ['Map', ...libraries].map((peer) => `l1.${pattern}.await ${peer}`),
      ),
      'l1.bytes-per-entry quick-lru',
      'l1.bytes-per-entry.await async-cache-dedupe',
    ])
    checkFigures(lines)
  })

  it('l1 gives back its processes when one of them fails', async () => {
    const comparisons = [{ figure: 'get', ours: 'Map', others: ['a cache that is none'] }]
    const small = {
      entries: 1,
      reads: 1,
      slow: [],
      slowReads: 1,
      launches: 1,
      warmUpRounds: 0,
      rounds: 1,
      heapEntries: 1,
      weighedReaders: { ours: 'Map', others: [] },
      readerHeapEntries: 1,
    }
    const error = await rejection(askL1({ ...small, comparisons, weighed: [] }))
    expect(error.message).to.include("received 'a cache that is none'")
  })
})
