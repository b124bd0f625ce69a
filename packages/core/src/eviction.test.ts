import { expect } from 'chai'
import { describe, it } from 'mocha'
import { regionCache } from './fixtures/region-cache.ts'
import { randomFrom, zipf } from './fixtures/traces.ts'
import type { PolicyName } from './l1-options.ts'

/** How many of the requests are hits, in percent, when each miss is loaded and set. */
function hitRatio(policy: PolicyName, maxEntries: number, requests: Iterable<number>, invalidated = 0): number {
  const { l1, put } = regionCache({ policy, maxEntries })
  const random = randomFrom(5)
  let [hits, count] = [0, 0]
  for (const request of requests) {
    const key = String(request)
    count += 1
    if (l1.get(key)) hits += 1
    else put(key)
    if (random() < invalidated) l1.delete(key)
  }
  return (100 * hits) / count
}

function* times(count: number, next: (index: number) => number): Generator<number> {
  for (let index = 0; index < count; index += 1) yield next(index)
}

/** Requests for keys of very different popularity. */
function popular(): Generator<number> {
  return times(60_000, zipf(5_000, 0.9, randomFrom(1)))
}

/** As many requests for keys that never come again. */
function* scanned(): Generator<number> {
  let once = 1_000_000
  for (const key of popular()) {
    yield key
    yield once++
  }
}

/** A hot set that is another one after every 5,000 requests. */
function shifting(): Generator<number> {
  const random = randomFrom(2)
  return times(60_000, (index) => Math.floor(index / 5_000) * 200 + Math.floor(random() * 150))
}

/** A window of 600 keys that moves on by one key with every third request, its newer half asked for more often. */
function sliding(): Generator<number> {
  const random = randomFrom(3)
  return times(60_000, (index) => Math.floor(index / 3) - Math.floor(random() * random() * 600))
}

/** Keys of very different popularity. Each rises with every tenth request, until it is the most popular and then gone. */
function drifting(): Generator<number> {
  const next = zipf(5_000, 1.1, randomFrom(6))
  return times(200_000, (index) => (next() + Math.floor(index / 10)) % 20_000)
}

describe('The adaptive policy', () => {
  const traces: [string, () => Generator<number>, number, number?][] = [
    ['keep what is popular', popular, 9.8],
    ['keep what is popular while as many keys are read once', scanned, 8],
    ['follow a hot set that changes all at once', shifting, -0.2],
    ['follow a popularity that drifts', drifting, -1, 1_000],
    ['follow a window that slides on fast', sliding, -1.5],
  ]
  for (const [what, requests, margin, maxEntries = 200] of traces) {
    it(`hits ${margin < 0 ? `${-margin} percent of the requests less than LRU at worst` : `${margin} percent of the requests more than LRU`}, where it has to ${what}`, () => {
      const [adaptive, lru] = (['adaptive', 'lru'] as const).map((policy) => hitRatio(policy, maxEntries, requests()))
      expect((adaptive ?? 0) - (lru ?? 0)).to.be.at.least(margin)
    })
  }

  it('does as LRU with room for one', () => {
    expect(hitRatio('adaptive', 1, popular())).to.equal(hitRatio('lru', 1, popular()))
  })

  it('does not take a key for a one-hit wonder that was invalidated and is loaded again', () => {
    const { l1, put, held } = regionCache({ maxEntries: 20 })
    const filler = (turn: number) => times(30, (index) => 1_000 * turn + index)
    put('a')
    l1.get('a')
    l1.delete('a')
    put('a')
    for (const key of filler(1)) put(String(key))
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

  it('asks for two uses of a key to keep it, when many come and few stay', () => {
    const { l1, put, held } = regionCache({ maxEntries: 100 })
    for (const key of ['once', 'twice']) put(key)
    for (const key of ['once', 'twice', 'twice']) l1.get(key)
    for (const key of times(150, (index) => index)) put(String(key))
    expect(held('once', 'twice')).to.deep.equal(['twice'])
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

  it('passes by a thousand hot entries at most to make room for one, so that no caller waits for long', () => {
    const { l1, put, held } = regionCache({ maxEntries: 3_000 })
    const keys = [...times(3_000, (index) => index)].map(String)
    for (const key of keys) put(key)
    for (const key of [...keys, ...keys]) l1.get(key)
    put('another')
    expect(keys.filter((key) => !held(key).includes(key))).to.deep.equal(['1000'])
  })

  it('keeps what a key has earned when it is set anew', () => {
    const { l1, put, held } = regionCache({ maxEntries: 10 })
    put('a')
    for (let use = 0; use < 3; use += 1) l1.get('a')
    put('a', { value: 'another' })
    for (const key of times(15, (index) => index)) put(String(key))
    expect(held('a')).to.deep.equal(['a'])
  })

  it('does not count a peek', () => {
    const { l1, put, held } = regionCache({ maxEntries: 10 })
    put('a')
    for (let use = 0; use < 3; use += 1) l1.peek('a')
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
