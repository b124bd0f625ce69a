import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import sinon from 'sinon'
import { Random } from '../random.ts'
import { bytesPerEntry, bytesPerItemRead } from './heap.ts'
import { idOf, itemOf, keyOf } from './item.ts'
import { keepInMap } from './map.ts'
import { patterns } from './patterns.ts'
import { allReaders } from './readers.ts'
import { timeReads } from './timed-reads.ts'

async function nothing(): Promise<void> {}

/** Which have a loader; layered-loader has one too, and writes of each error to the console. */
const loading = ['region.get', 'bentocache', 'cacheable', 'cache-manager', 'async-cache-dedupe']

describe('allReaders', () => {
  for (const [name, openReader] of Object.entries(allReaders)) {
    it(`${name} answers with each of the items that it holds`, async () => {
      const reader = await openReader(10)
      for (let id = 0; id < 10; id++) {
        const item = await reader.read(keyOf(id))
        expect(item?.id).to.equal(name === 'Promise.resolve' ? 0 : id)
      }
      await reader.close()
    })
  }

  for (const name of loading) {
    it(`${name} never loads what it does not hold`, async () => {
      const reader = await allReaders[name]?.(10)
      const read = async () => reader?.read(keyOf(10))
      // Some libraries keep what the loader threw to themselves, or wrap it.
      expect(await read().catch(() => undefined)).to.equal(undefined)
      await reader?.close()
    })
  }

  it('a region says so', async () => {
    const reader = await allReaders['region.get']?.(10)
    const read = async () => reader?.read(keyOf(10))
    expect((await rejection(read())).message).to.equal('item:10 is not held')
    await reader?.close()
  })
})

const nobody = { kind: 'sync', read: () => undefined, close: nothing } as const

describe('timeReads', () => {
  it('reads each key once, batch by batch, up to the number asked for', async () => {
    const read: string[] = []
    const drawn: number[] = []
    const reader = { kind: 'sync', read: (key: string) => itemOf(read.push(key)), close: nothing } as const
    const draw = (count: number) => {
      drawn.push(count)
      return Array.from({ length: count }, (_, n) => keyOf(n))
    }
    expect(await timeReads(reader, 2_500, draw)).to.be.greaterThan(0)
    expect(drawn).to.deep.equal([1_000, 1_000, 500])
    expect(read).to.have.length(2_500)
  })

  it('takes the time of a read in the batch in the middle', async () => {
    let nowNs = 0n
    const tookNs = [5_000n, 900_000n, 3_500n]
    const clock = sinon.stub(process.hrtime, 'bigint').callsFake(() => nowNs)
    try {
      const draw = (count: number) => {
        nowNs += 1_000_000n
        return Array.from({ length: count }, (_, n) => keyOf(n))
      }
      const read = (key: string) => {
        if (key === keyOf(0)) nowNs += tookNs.shift() ?? 0n
        return itemOf(1)
      }
      // 5, 900 and 7 nanoseconds for a read.
      expect(await timeReads({ kind: 'sync', read, close: nothing }, 2_500, draw)).to.equal(7)
    } finally {
      clock.restore()
    }
  })

  it('refuses reads that find nothing, awaited or not', async () => {
    const draw = (count: number) => Array.from({ length: count }, (_, n) => keyOf(n))
    const some = (key: string) => (idOf(key) < 7 ? itemOf(1) : undefined)
    const sync = timeReads({ kind: 'sync', read: some, close: nothing }, 10, draw)
    const async = timeReads({ kind: 'async', read: (key) => Promise.resolve(some(key)), close: nothing }, 10, draw)
    for (const timed of [sync, async]) expect((await rejection(timed)).message).to.equal('3 of 10 keys are not held')
  })
})

describe('patterns', () => {
  it('reads one key, one key, or all of them', () => {
    const drawn = Object.entries(patterns).map(([name, draw]) => [name, new Set(draw(1_000, 10, new Random(1))).size])
    expect(drawn).to.deep.equal([
      ['hot', 1],
      ['same-string', 1],
      ['random', 10],
    ])
  })
})

describe('bytesPerEntry', () => {
  it('counts the heap and the arrays beside it, and neither keys nor values', () => {
    const entries = 50_000
    const plain = bytesPerEntry(keepInMap, entries)
    expect(plain).to.be.within(15, 60)
    const heavy = bytesPerEntry(
      () => ({ ...keepInMap(), size: entries, ballast: new Uint8Array(entries * 200) }),
      entries,
    )
    expect(heavy - plain).to.be.within(150, 250)
  })

  it('refuses a cache that does not hold them all', () => {
    expect(() => bytesPerEntry(() => ({ ...keepInMap(), size: 9 }), 10)).to.throw('9 of 10 are held')
  })
})

describe('bytesPerItemRead', () => {
  it('counts the same as of a cache that is filled from outside', async () => {
    const entries = 50_000
    const filled = bytesPerEntry(keepInMap, entries)
    const read = await bytesPerItemRead(async (count) => (await allReaders['Map']?.(count)) ?? nobody, entries)
    expect(read).to.be.within(filled - 15, filled + 15)
  })

  it('refuses a reader that does not hold them all', async () => {
    const error = await rejection(bytesPerItemRead(async () => nobody, 10))
    expect(error.message).to.equal('item:9 is not held')
  })
})
