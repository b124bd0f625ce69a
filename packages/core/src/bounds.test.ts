import { InvalidArgumentError } from '@rescind/options'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { estimateBytes } from './byte-estimate.ts'
import { regionCache } from './fixtures/region-cache.ts'
import { useWarnings } from './fixtures/warnings.ts'

describe('The bounds of L1Cache', () => {
  const warnings = useWarnings()

  it('holds exactly maxEntries when more have come, and evicts what came first if nothing was used', () => {
    for (const policy of ['adaptive', 'lru'] as const) {
      const { l1, put, held } = regionCache({ maxEntries: 3, policy })
      for (const key of ['a', 'b', 'c', 'd']) put(key)
      expect(l1.size).to.equal(3)
      expect(held('a', 'b', 'c', 'd')).to.deep.equal(['b', 'c', 'd'])
    }
  })

  it('counts the cost of what is held, and never lets it be more than maxCost', () => {
    const { l1, put, held } = regionCache({ maxCost: 10, cost: (value) => value.length })
    put('a', { value: '1234' })
    put('b', { value: '123456' })
    expect(l1.cost).to.equal(10)
    put('c', { value: '1' })
    expect([l1.cost, held('a', 'b', 'c')]).to.deep.equal([7, ['b', 'c']])
    put('c', { value: '123' })
    expect(l1.cost).to.equal(9)
    l1.delete('b')
    expect(l1.cost).to.equal(3)
    l1.clear()
    expect([l1.cost, l1.size]).to.deep.equal([0, 0])
  })

  it('goes by the cost that an entry brings before it asks', () => {
    const { l1, put } = regionCache({ maxCost: 10, cost: () => 5 })
    put('a', { cost: 2 })
    put('b')
    expect(l1.cost).to.equal(7)
  })

  it('rounds a fraction of a cost up, so that sums stay exact', () => {
    const { l1, put } = regionCache({ maxCost: 10 })
    put('a', { cost: 0.1 })
    put('b', { cost: 0.2 })
    expect(l1.cost).to.equal(2)
  })

  it('evicts others when an entry is replaced by a heavier one', () => {
    const { l1, put, held } = regionCache({ maxCost: 10, policy: 'lru' })
    for (const key of ['a', 'b', 'c']) put(key, { cost: 3 })
    put('c', { cost: 8 })
    expect([l1.cost, held('a', 'b', 'c')]).to.deep.equal([8, ['c']])
  })

  it('does not admit what costs more than everything, and lets go of what it was to replace', () => {
    const { l1, put } = regionCache({ maxCost: 10 })
    put('a', { cost: 1 })
    put('b', { cost: 1 })
    expect(put('a', { cost: 11 })).to.equal(false)
    expect([l1.peek('a'), l1.peek('b')?.cost, l1.cost]).to.deep.equal([undefined, 1, 1])
    expect(put('a', { cost: 9 })).to.equal(true)
  })

  it('estimates bytes where there is a maxCost and nothing says what an entry costs', () => {
    const { l1, put } = regionCache({ maxCost: 10_000 })
    put('a', { value: 'x'.repeat(1_000) })
    expect(l1.cost).to.equal(estimateBytes('x'.repeat(1_000)))
    const unbounded = regionCache()
    unbounded.put('a')
    expect(unbounded.l1.cost).to.equal(1)
  })

  for (const wrong of [Number.NaN, -1, Number.POSITIVE_INFINITY, '3', undefined]) {
    it(`falls back on the estimate when cost returns ${JSON.stringify(wrong)} (${wrong}), and warns once`, () => {
      const { l1, put } = regionCache({ maxCost: 1_000, cost: () => wrong as number })
      put('a')
      put('b')
      expect(l1.cost).to.equal(2 * estimateBytes('value of a'))
      expect(warnings()).to.deep.equal([
        `cost of an L1Cache returned ${wrong}, which is no number from 0 to 2^53 - 1. Further ones are not reported.`,
      ])
    })
  }

  it('stays in order when cost itself changes what is held under the key', () => {
    const { l1, put, held } = regionCache({
      maxEntries: 2,
      policy: 'lru',
      cost: (value) => {
        if (value === 'outer') put('a', { value: 'inner' })
        else if (value === 'deleting') l1.delete('a')
        return 3
      },
    })
    for (const value of ['first', 'outer', 'deleting']) {
      put('a', { value })
      expect([l1.size, l1.cost, l1.peek('a')?.value]).to.deep.equal([1, 3, value])
    }
    for (const key of ['b', 'c', 'd']) put(key)
    expect([l1.size, l1.cost, held('a', 'b', 'c', 'd')]).to.deep.equal([2, 6, ['c', 'd']])
  })

  it('falls back on the estimate when cost throws, and warns once', () => {
    const { l1, put } = regionCache({
      maxCost: 1_000,
      cost: () => {
        throw new Error('no idea')
      },
    })
    expect([put('a'), put('b')]).to.deep.equal([true, true])
    expect(l1.cost).to.equal(2 * estimateBytes('value of a'))
    expect(warnings()).to.deep.equal(['cost of an L1Cache threw: no idea. Further ones are not reported.'])
  })

  it('takes new bounds while it runs, and evicts at once what is too much', () => {
    const { l1, put } = regionCache({ maxEntries: 10, maxCost: 100 })
    for (let index = 0; index < 10; index += 1) put(`key ${index}`, { cost: 10 })
    l1.resize({ maxEntries: 6 })
    expect([l1.size, l1.cost]).to.deep.equal([6, 60])
    l1.resize({ maxCost: 25 })
    expect([l1.size, l1.cost]).to.deep.equal([2, 20])
    l1.resize({ maxEntries: 20, maxCost: 200 })
    for (let index = 0; index < 30; index += 1) put(`key ${index}`, { cost: 10 })
    expect([l1.size, l1.cost]).to.deep.equal([20, 200])
  })

  it('refuses new bounds that are none, and a maxCost where costs were not counted for one', () => {
    const { l1 } = regionCache()
    expect(() => l1.resize({ maxEntries: -1 })).to.throw(InvalidArgumentError, 'maxEntries must be')
    expect(() => l1.resize({ maxCost: 5 })).to.throw(InvalidArgumentError, 'maxCost must be set from the beginning')
  })
})

describe('Pruning of L1Cache', () => {
  it('drops the expired, and nothing else', () => {
    const { l1, time, put, held } = regionCache()
    put('a', { expiresAt: 10 })
    put('b', { expiresAt: 20 })
    put('c', { freshAt: -99_999 })
    time.now = 10
    expect([l1.prune(), l1.size, held('a', 'b')]).to.deep.equal([1, 2, ['b']])
  })

  it('looks at no more than it was told, and goes on where it stopped', () => {
    const { l1, time, put } = regionCache()
    for (let index = 0; index < 9; index += 1) put(`key ${index}`, { expiresAt: 10 })
    time.now = 10
    expect([l1.prune(4), l1.prune(4), l1.size, l1.prune(4), l1.prune(4)]).to.deep.equal([4, 4, 1, 1, 0])
  })

  it('finds in a round what was there all the while, although others come, go and move', () => {
    for (const policy of ['adaptive', 'lru'] as const) {
      const { l1, time, put } = regionCache({ policy, maxEntries: 50 })
      for (let index = 0; index < 50; index += 1) put(`old ${index}`, { expiresAt: index % 2 === 0 ? 10 : 1_000 })
      time.now = 10
      let dropped = 0
      for (let turn = 0; turn < 25; turn += 1) {
        dropped += l1.prune(2)
        l1.peek('old 1')
        l1.get('old 3')
        l1.get(`old ${2 * turn + 1}`)
        l1.delete(`old ${49 - 2 * (turn % 5)}`)
        put(`old ${49 - 2 * (turn % 5)}`)
      }
      dropped += l1.prune(100)
      expect(dropped).to.equal(25)
    }
  })

  it('finds in a later round what has expired since', () => {
    const { l1, time, put } = regionCache()
    put('a', { expiresAt: 10 })
    put('b', { expiresAt: 20 })
    const dropped = [5, 10, 15, 20].map((now) => {
      time.now = now
      return l1.prune()
    })
    expect(dropped).to.deep.equal([0, 1, 0, 1])
  })

  it('finds what has proven itself as well as what is on probation', () => {
    const { l1, time, put } = regionCache({ maxEntries: 10 })
    for (const key of ['a', 'b']) put(key, { expiresAt: 10 })
    for (const key of ['a', 'b', 'a', 'b']) l1.get(key)
    for (let index = 0; index < 20; index += 1) put(`key ${index}`, { expiresAt: 10 })
    expect(l1.peek('a')).not.to.equal(undefined)
    time.now = 10
    expect([l1.prune(100), l1.size]).to.deep.equal([10, 0])
  })

  it('begins a round anew after everything was cleared', () => {
    const { l1, time, put } = regionCache()
    for (const key of ['a', 'b', 'c']) put(key, { expiresAt: 10 })
    time.now = 5
    l1.prune(2)
    l1.clear()
    for (const key of ['d', 'e']) put(key, { expiresAt: 10 })
    time.now = 10
    expect(l1.prune(2)).to.equal(2)
  })
})
