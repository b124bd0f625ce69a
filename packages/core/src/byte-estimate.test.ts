import { expect } from 'chai'
import { describe, it } from 'mocha'
import { estimateBytes } from './byte-estimate.ts'

describe('estimateBytes', () => {
  it('counts 2 bytes for each character of a string, and what a buffer holds', () => {
    expect(estimateBytes('x'.repeat(1_000)) - estimateBytes('')).to.equal(2_000)
    for (const buffer of [new Uint8Array(5_000), Buffer.alloc(5_000), new ArrayBuffer(5_000)]) {
      expect(estimateBytes(buffer)).to.be.within(5_000, 5_100)
    }
  })

  it('counts an object by its properties, and what they hold', () => {
    const small = estimateBytes({ a: 1 })
    expect(estimateBytes({ a: 1, b: 2 })).to.equal(small + 16)
    expect(estimateBytes({ a: { a: 1 } })).to.equal(small + small - 8)
  })

  it('takes the first of many elements for the others', () => {
    const rows = Array.from({ length: 100_000 }, () => ({ name: 'x'.repeat(20) }))
    expect(estimateBytes(rows) / estimateBytes(rows.slice(0, 1_000))).to.be.within(99, 101)
    expect(estimateBytes(new Set(rows))).to.be.above(estimateBytes(rows))
    expect(estimateBytes(new Map(rows.map((row, index) => [index, row])))).to.be.above(estimateBytes(rows))
  })

  it('ends, and ends soon, for what has cycles or is very large', () => {
    const tree = (depth: number): unknown[] => (depth === 0 ? [] : Array.from({ length: 50 }, () => shared[depth - 1]))
    const shared: unknown[] = []
    for (let depth = 0; depth < 30; depth += 1) shared.push(tree(depth))
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    for (const value of [cycle, shared]) {
      expect(estimateBytes(value)).to.be.above(0)
    }
  })

  it('calls no getter, and takes what is no object for a few bytes', () => {
    let called = 0
    estimateBytes(Object.defineProperty({}, 'lazy', { enumerable: true, get: () => called++ }))
    expect(called).to.equal(0)
    for (const value of [undefined, null, 1, true, Symbol('s'), () => 1, 1n]) {
      expect(estimateBytes(value)).to.be.within(8, 24)
    }
  })
})
