import { expect } from 'chai'
import { describe, it } from 'mocha'
import { hitRatio, times } from './fixtures/hit-ratio.ts'
import { regionCache } from './fixtures/region-cache.ts'
import { randomFrom, zipf } from './fixtures/traces.ts'

/** Requests for keys of very different popularity. */
function popular(): Generator<number> {
  return times(60_000, zipf(5_000, 0.9, randomFrom(1)))
}

describe('The adaptive policy', () => {
  it('does as LRU with room for one', () => {
    expect(hitRatio('adaptive', 1, popular())).to.equal(hitRatio('lru', 1, popular()))
  })

  it('does not take a key for a one-hit wonder that was invalidated and is loaded again', () => {
    const { l1, put, held } = regionCache({ maxEntries: 20 })
    for (const key of times(30, (index) => 1_000 + index)) put(String(key))
    put('a')
    l1.delete('a')
    put('a')
    for (const key of times(30, (index) => 2_000 + index)) put(String(key))
    expect(held('a')).to.deep.equal(['a'])
    const ratios = [0, 0.02].map((invalidated) => hitRatio('adaptive', 200, popular(), invalidated))
    expect((ratios[0] ?? 0) - (ratios[1] ?? 0)).to.be.below(2.5)
  })

  it('lets a scan pass by what was used twice', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    const hot = [...times(50, (index) => index)].map(String)
    for (const key of hot) put(key)
    for (const key of [...hot, ...hot]) l1.get(key)
    for (const key of times(5_000, (index) => 1_000 + index)) put(String(key))
    expect(held(...hot)).to.deep.equal(hot)
  })

  it('counts uses in one turn as one, and not at all in the turn in which the key came', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    const come = (from: number) => {
      for (const key of times(100, (index) => from + index)) put(String(key))
    }
    come(0)
    for (const key of ['at once', 'later']) put(key)
    for (let use = 0; use < 5; use += 1) l1.get('at once')
    for (const key of times(5, (index) => 500 + index)) put(String(key))
    for (let use = 0; use < 5; use += 1) l1.get('later')
    come(1_000)
    expect(held('at once', 'later')).to.deep.equal(['later'])
    for (const wave of [2, 3]) come(wave * 1_000)
    expect(held('later')).to.deep.equal(['later'])
  })

  it('lets no scan in because what was hot was invalidated many times', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    const hot = [...times(60, (index) => index)].map(String)
    const use = () => {
      for (const key of [...hot, ...hot, ...hot]) {
        if (!l1.get(key)) put(key)
      }
    }
    use()
    for (const key of times(100, (index) => 1_000 + index)) put(String(key))
    for (let wave = 0; wave < 20; wave += 1) {
      for (const key of hot) l1.delete(key)
      use()
    }
    for (const key of times(300, (index) => 2_000 + index)) put(String(key))
    expect(held(...hot)).to.deep.equal(hot)
  })

  it('lets go of what was hot when it is used no more, however often it was', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    const hot = [...times(90, (index) => index)].map(String)
    for (const key of hot) put(key)
    for (const key of [...hot, ...hot]) l1.get(key)
    for (const key of times(30, (index) => 1_000 + index)) put(String(key))
    for (const key of Array.from({ length: 50 }, () => hot).flat()) l1.get(key)
    for (const request of times(12_000, zipf(2_000, 1, randomFrom(4)))) {
      const key = `later ${request}`
      if (!l1.get(key)) put(key)
    }
    expect(held(...hot)).to.deep.equal([])
  })

  it('keeps what a key has earned when it is set anew', () => {
    const { l1, put, held } = regionCache({ maxEntries: 10 })
    for (const key of ['a', 'b']) put(key)
    l1.get('a')
    put('a', { value: 'another' })
    for (const key of times(15, (index) => index)) put(String(key))
    expect(held('a')).to.deep.equal(['a'])
  })

  it('does not take it for a use when a key is set twice at once, and still knows it when it goes', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    for (const key of times(110, (index) => index)) put(String(key))
    for (const key of ['a', 'a', 'b', 'b']) put(key)
    l1.delete('b')
    put('b')
    for (const key of times(150, (index) => 1_000 + index)) put(String(key))
    expect(held('a', 'b')).to.deep.equal(['b'])
  })

  it('does not think that it would have had hits on what was invalidated', () => {
    const { l1, put, held } = regionCache({ maxEntries: 200 })
    const random = randomFrom(3)
    for (const key of times(300, (index) => index)) put(String(key))
    // A window for which LRU were best, if something were left in the cache.
    for (const key of times(6_000, (index) => `${Math.floor(index / 15) + Math.floor(random() * 260)}`)) {
      put(`of the window: ${key}`)
      l1.delete(`of the window: ${key}`)
    }
    const hot = [...times(50, (index) => index)].map((key) => `hot ${key}`)
    for (let use = 0; use < 3; use += 1) {
      for (const key of hot) if (!l1.get(key)) put(key)
      for (const key of times(20, (index) => index)) put(`filler ${use} ${key}`)
    }
    for (const key of times(2_000, (index) => 10_000 + index)) put(String(key))
    expect(held(...hot)).to.deep.equal(hot)
  })

  it('does not count a peek', () => {
    const { l1, put, held } = regionCache({ maxEntries: 10 })
    for (const key of ['a', 'b']) put(key)
    l1.peek('a')
    for (const key of times(15, (index) => index)) put(String(key))
    expect(held('a')).to.deep.equal([])
  })
})

describe('The policy lru', () => {
  it('evicts exactly what was read or set longest ago', () => {
    const { l1, put, held } = regionCache({ policy: 'lru', maxEntries: 3 })
    for (const key of ['a', 'b', 'c']) put(key)
    l1.get('a')
    put('b', { value: 'another' })
    put('d')
    expect(held('a', 'b', 'c', 'd')).to.deep.equal(['a', 'b', 'd'])
    l1.get('b')
    l1.get('a')
    put('e')
    put('f')
    expect(held('a', 'b', 'd', 'e', 'f')).to.deep.equal(['a', 'e', 'f'])
  })
})
