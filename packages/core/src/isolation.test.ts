import { expect } from 'chai'
import { describe, it } from 'mocha'
import { regionCache } from './fixtures/region-cache.ts'
import { useWarnings } from './fixtures/warnings.ts'
import { type Isolate, isolationFor } from './isolation.ts'
import { L1Cache } from './l1-cache.ts'

interface Product {
  name: string
  sizes: number[]
}

function shop(isolate?: Isolate): L1Cache<Product> {
  const { node } = regionCache()
  return new L1Cache<Product>({ node, clock: () => 0, ...(isolate && { isolate }) })
}

function put(l1: L1Cache<Product>, value: Product): boolean {
  return l1.set('a', { value, asOf: 0, freshAt: 0, expiresAt: 10, verifiedTick: 0 })
}

describe('Isolation', () => {
  const warnings = useWarnings()

  it('hands values on by reference unless it is asked for', () => {
    const l1 = shop()
    const value = { name: 'cup', sizes: [1] }
    put(l1, value)
    expect(l1.get('a')?.value).to.equal(value)
    expect(Object.isFrozen(value)).to.equal(false)
  })

  it('freezes a value deeply as it comes in', () => {
    const l1 = shop('freeze')
    put(l1, { name: 'cup', sizes: [1] })
    expect(() => l1.get('a')?.value.sizes.push(2)).to.throw(TypeError)
  })

  it('freezes what has cycles, has frozen parents, or holds what cannot be frozen', () => {
    const inner = { n: 1 }
    const value = { bytes: new Uint8Array(2), outer: Object.freeze({ inner }), self: {} }
    value.self = value
    isolationFor('freeze').keep(value)
    expect([value, inner].map((each) => Object.isFrozen(each))).to.deep.equal([true, true])
    value.bytes[0] = 7
    expect(value.bytes[0]).to.equal(7)
  })

  it('calls no getter of a value to freeze it', () => {
    let called = 0
    isolationFor('freeze').keep(Object.defineProperty({}, 'lazy', { enumerable: true, get: () => called++ }))
    expect(called).to.equal(0)
  })

  it('copies a value as it comes in, and again for each reader', () => {
    const l1 = shop('clone')
    const value = { name: 'cup', sizes: [1] }
    put(l1, value)
    value.sizes.push(2)
    const reads = [l1.get('a'), l1.peek('a'), [...l1.entries()][0]?.[1]]
    for (const read of reads) read?.value.sizes.push(3)
    expect(l1.get('a')?.value).to.deep.equal({ name: 'cup', sizes: [1] })
    expect(l1.get('a')).to.include({ expiresAt: 10, cost: 1 })
  })

  it('does not hold a value that cannot be copied, nor what it was to replace, and warns once', () => {
    const l1 = shop('clone')
    put(l1, { name: 'cup', sizes: [] })
    const unclonable = { name: 'cup', sizes: [], act: () => 1 }
    expect([put(l1, unclonable), put(l1, unclonable), l1.size, l1.cost]).to.deep.equal([false, false, 0, 0])
    expect(warnings()).to.have.length(1)
    expect(warnings()[0]).to.match(/^isolate of an L1Cache could not be applied to a value, which is not cached: /)
  })
})
