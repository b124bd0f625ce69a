import { InvalidArgumentError } from '@rescind/options'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { regionCache } from './fixtures/region-cache.ts'
import { isBelow, type Version, VersionFloors, type VersionFloorsOptions } from './version-floors.ts'

function setUp(options: VersionFloorsOptions = {}) {
  const time = { now: 0 }
  const floors = new VersionFloors({ clock: () => time.now, ...options })
  /** Of the versions, those that are refused; loaded before any message. */
  const refused = (key: string, ...versions: (Version | undefined)[]) =>
    versions.filter((version) => floors.refusal(key, { version, asOf: 0 }) === 'outdated')
  return { floors, time, refused }
}

describe('VersionFloors', () => {
  it('refuses what is below the floor of its key, and nothing of other keys', () => {
    const { floors, refused } = setUp()
    floors.bump('a', 5, 1)
    expect(refused('a', 4, 5, 6)).to.deep.equal([4])
    expect(refused('b', 4)).to.deep.equal([])
  })

  it('compares numbers and bigints rightly with each other, beyond what a number holds', () => {
    const { floors, refused } = setUp()
    floors.bump('a', 2n ** 53n + 1n, 1)
    expect(refused('a', 2 ** 53, 2n ** 53n, 2n ** 53n + 1n, 2 ** 54)).to.deep.equal([2 ** 53, 2n ** 53n])
    floors.bump('b', 1.5, 1)
    expect(refused('b', 1n, 2n)).to.deep.equal([1n])
  })

  it('comes to the same floor in whatever order and however often it is bumped', () => {
    const versions = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.bigInt({ min: -9n, max: 9n })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(versions, fc.integer({ min: -10, max: 10 }), (bumps, version) => {
        const { floors, refused } = setUp()
        for (const [index, bump] of [...bumps, ...bumps].entries()) floors.bump('a', bump, index)
        const outdated = bumps.some((bump) => version < bump)
        expect(refused('a', version).length === 1).to.equal(outdated)
      }),
    )
  })

  it('judges a value without a version by what its load had seen', () => {
    const { floors } = setUp()
    floors.bump('a', 5, 7)
    floors.bump('a', 4, 6)
    expect([6, 7].map((asOf) => floors.refusal('a', { version: undefined, asOf }))).to.deep.equal([
      'outdated',
      undefined,
    ])
    expect(floors.refusal('a', { version: 5, asOf: 0 })).to.equal(undefined)
  })

  it('takes what cannot be compared for no version', () => {
    const { floors, refused } = setUp()
    floors.bump('a', Number.NaN, 7)
    expect(refused('a', 3, Number.NaN, undefined)).to.deep.equal([Number.NaN, undefined])
    floors.bump('a', 4, 7)
    expect(refused('a', 3, 4)).to.deep.equal([3])
  })

  it('keeps the versions and forgets the positions when positions begin anew', () => {
    const { floors, refused } = setUp()
    floors.bump('a', 5, 700)
    floors.rebase()
    expect(refused('a', 4, 5, undefined)).to.deep.equal([4])
    floors.bump('a', 5, 1)
    expect(floors.refusal('a', { version: undefined, asOf: 1 })).to.equal(undefined)
    expect(refused('a', undefined)).to.deep.equal([undefined])
  })

  it('is raised by a version that is known to exist, which says nothing of values without one', () => {
    const { floors, refused } = setUp()
    floors.raise('a', 5)
    floors.raise('a', 4)
    expect(refused('a', 4, 5, undefined)).to.deep.equal([4])
    floors.bump('a', 3, 7)
    floors.raise('a', 6n)
    expect(refused('a', 5, 6, undefined)).to.deep.equal([5, undefined])
  })

  it('is not kept longer for a version that is lower', () => {
    const { floors, time } = setUp({ maxAge: '1m' })
    floors.raise('a', 5)
    time.now = 60_000
    floors.raise('a', 4)
    expect(floors.floorOf('a')).to.equal(5)
    time.now = 60_001
    expect(floors.floorOf('a')).to.equal(undefined)
    floors.raise('a', 4)
    expect(floors.floorOf('a')).to.equal(4)
    floors.raise('a', 4)
    time.now = 120_001
    expect(floors.floorOf('a')).to.equal(4)
  })

  it('compares versions only where there are two', () => {
    const pairs: [Version | undefined, Version | undefined][] = [
      [1, 2n],
      [2n, 2],
      [3, 2],
      [undefined, 2],
      [1, undefined],
    ]
    expect(pairs.map(([version, floor]) => isBelow(version, floor))).to.deep.equal([true, false, false, false, false])
  })

  it('drops the key raised longest ago when there are too many', () => {
    const { floors, refused } = setUp({ maxKeys: 2 })
    floors.bump('a', 5, 1)
    floors.bump('b', 5, 2)
    floors.bump('a', 1, 3)
    floors.bump('c', 5, 4)
    expect(floors.size).to.equal(2)
    expect(['a', 'b', 'c'].map((key) => floors.floorOf(key))).to.deep.equal([5, undefined, 5])
    expect(refused('b', 4)).to.deep.equal([])
  })

  it('lets a floor go some time after the last bump of its key', () => {
    const { floors, time, refused } = setUp({ maxAge: '1m' })
    floors.bump('a', 5, 1)
    floors.bump('b', 5, 1)
    time.now = 30_000
    floors.bump('a', 5, 1)
    time.now = 90_000
    expect([floors.floorOf('a'), floors.floorOf('b')]).to.deep.equal([5, undefined])
    time.now = 90_001
    expect(refused('a', 4)).to.deep.equal([])
    floors.bump('c', 1, 2)
    expect(floors.size).to.equal(1)
  })

  it('refuses wrong options', () => {
    expect(() => setUp({ maxKeys: 0 })).to.throw(InvalidArgumentError, 'maxKeys must be a whole number')
    expect(() => setUp({ maxAge: '0s' })).to.throw(InvalidArgumentError, 'maxAge must be a duration')
  })
})

describe('Versions in L1Cache', () => {
  it('drops what a bump outdates, and says so', () => {
    const { l1, put, held } = regionCache()
    put('a', { version: 4 })
    put('b', { version: 5 })
    put('c', { asOf: 8 })
    put('d', { asOf: 9 })
    expect(['a', 'b', 'c', 'd'].map((key) => l1.bump(key, 5, 9))).to.deep.equal([true, false, true, false])
    expect(held('a', 'b', 'c', 'd')).to.deep.equal(['b', 'd'])
    expect(l1.bump('e', 5, 9)).to.equal(false)
  })

  it('does not hold what comes below the floor, and leaves what it has', () => {
    const { l1, put } = regionCache()
    put('a', { version: 5n, value: 'fifth' })
    l1.bump('a', 5, 1)
    expect(put('a', { version: 4 })).to.equal(false)
    expect(l1.get('a')?.value).to.equal('fifth')
    expect(put('a', { version: 6 })).to.equal(true)
  })

  it('does not go back: leaves what it holds in its place for what is older, and says what is', () => {
    const { l1, put, time } = regionCache()
    put('a', { version: 5, expiresAt: 10 })
    expect(l1.floorOf('a')).to.equal(5)
    expect(put('a', { version: 4 })).to.equal(false)
    time.now = 10
    expect(put('a', { version: 4 })).to.equal(false)
    expect([4, 5].map((version) => l1.isOutdated('a', { version, asOf: 0 }))).to.deep.equal([true, false])
    expect(put('a', { version: 6n })).to.equal(true)
    expect(l1.floorOf('a')).to.equal(6n)
  })

  it('remembers the version of what it lets go, however it goes', () => {
    const ways: Record<string, (cache: ReturnType<typeof regionCache>) => unknown> = {
      expired: ({ l1, time }) => {
        time.now = 10
        return l1.get('a')
      },
      pruned: ({ l1, time }) => {
        time.now = 10
        return l1.prune()
      },
      deleted: ({ l1 }) => l1.delete('a'),
      bumped: ({ l1 }) => l1.bump('a', 1, 7) || l1.delete('a'),
      cleared: ({ l1 }) => l1.clear(),
      evicted: ({ l1, put }) => {
        put('b')
        l1.resize({ maxEntries: 1 })
        return l1.resize({ maxEntries: 100 })
      },
      'replaced by what has none': ({ put }) => put('a', { version: undefined }),
      'too dear': ({ put }) => put('a', { version: undefined, cost: 1_001 }),
    }
    for (const [how, goes] of Object.entries(ways)) {
      const cache = regionCache({ maxCost: 1_000 })
      cache.put('a', { version: 5, cost: 1, expiresAt: 10 })
      goes(cache)
      cache.l1.delete('b')
      expect(cache.l1.floorOf('a'), how).to.equal(5)
      expect(cache.put('a', { version: 4, cost: 1 }), how).to.equal(false)
      expect(cache.put('a', { version: 5, cost: 1 }), how).to.equal(true)
    }
  })

  it('drops what is lower than a version that is known to exist, and nothing else', () => {
    const { l1, put, held } = regionCache()
    put('a', { version: 4 })
    put('b', { version: 5 })
    put('c')
    expect(['a', 'b', 'c', 'd'].map((key) => l1.raise(key, 5))).to.deep.equal([true, false, false, false])
    expect(held('a', 'b', 'c', 'd')).to.deep.equal(['b', 'c'])
    expect(l1.floorOf('d')).to.equal(5)
  })

  it('has room for the floors of as many keys as it may hold, and of 10,000 at least', () => {
    for (const [maxEntries, floors] of [
      [1, 10_000],
      [10_001, 10_001],
    ] as const) {
      const { l1 } = regionCache({ maxEntries })
      for (let n = 0; n < 10_002; n += 1) l1.raise(`${n}`, 1)
      expect(l1.floors.size).to.equal(floors)
    }
  })

  it('shares floors with others who judge loads by them', () => {
    const floors = new VersionFloors({ clock: () => 0 })
    const { l1 } = regionCache({ floors })
    l1.bump('a', 5, 1)
    expect(floors.refusal('a', { version: 4, asOf: 9 })).to.equal('outdated')
  })
})
