import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { ReadManyError } from './errors.ts'
import { InvalidArgumentError, MemoryHub } from './index.ts'
import type { RegionOptions } from './region-options.ts'

describe('A region', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers

  beforeEach(() => {
    clock = useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    })
  })

  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** A region over this source, and the ids that were loaded. */
  function setUp<V>(source: Readonly<Record<string, V>>, options: Partial<RegionOptions<V | undefined>> = {}) {
    const loaded: string[] = []
    const cache = closing.add(createCache({ name: 'test', hub: new MemoryHub() }))
    const load = async (id: string) => {
      loaded.push(id)
      return source[id]
    }
    return { cache, loaded, region: cache.region<V | undefined>('r', { load, ...options }) }
  }

  it('keeps a value for ttl, and that there is none for notFoundTtl', async () => {
    const { region, loaded } = setUp({ a: 'value' }, { ttl: '60s', notFoundTtl: '10s', ttlJitter: 0 })
    const readBoth = async () => [await region.get('a'), await region.get('none')]
    await readBoth()
    await clock.tickAsync(9_999)
    expect(await readBoth()).to.deep.equal(['value', undefined])
    expect(loaded).to.deep.equal(['a', 'none'])
    await clock.tickAsync(1)
    await readBoth()
    expect(loaded).to.deep.equal(['a', 'none', 'none'])
    await clock.tickAsync(50_000)
    await readBoth()
    expect(loaded).to.deep.equal(['a', 'none', 'none', 'a', 'none'])
  })

  it('has a notFoundTtl of 10 s, but not above ttl', async () => {
    const { region, loaded } = setUp({}, { ttl: 50, ttlJitter: 0 })
    await region.get('none')
    await clock.tickAsync(50)
    await region.get('none')
    expect(loaded.length).to.equal(2)
  })

  it('keeps undefined, null, the empty string, 0, false and NaN apart, and caches each', async () => {
    const source = { undefined: undefined, null: null, empty: '', zero: 0, false: false, nan: Number.NaN }
    const { region, loaded } = setUp<unknown>(source)
    for (let round = 0; round < 2; round += 1) {
      for (const [id, value] of Object.entries(source)) {
        expect(await region.get(id), id).to.deep.equal(value)
      }
    }
    expect(loaded).to.deep.equal(Object.keys(source))
    expect(await region.getMany(Object.keys(source))).to.deep.equal(
      new Map<string, unknown>([
        ['empty', ''],
        ['zero', 0],
        ['false', false],
        ['nan', Number.NaN],
      ]),
    )
  })

  it('does not ask for tags of what does not exist', async () => {
    const { region } = setUp<unknown>(
      { null: null },
      {
        tags: () => {
          throw new Error('asked')
        },
      },
    )
    expect(await region.get('null')).to.equal(null)
    expect(await region.get('none')).to.equal(undefined)
  })

  it('reads many in the order asked, each once, and leaves out those that do not exist', async () => {
    const { region, loaded } = setUp({ a: 1, b: 2, c: 3 })
    await region.get('b')
    const found = await region.getMany(['c', 'none', 'b', 'c', 'a', 'b'])
    expect([...found]).to.deep.equal([
      ['c', 3],
      ['b', 2],
      ['a', 1],
    ])
    expect(loaded).to.deep.equal(['b', 'c', 'none', 'a'])
    expect((await region.getMany([])).size).to.equal(0)
  })

  it('rejects many reads with one error that holds the values and the failures', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', {
      load: async (id) => {
        if (id === 'b') return 'value'
        throw new Error(`no ${id}`)
      },
    })
    const error = await region.getMany(['a', 'b', 'c']).catch((reason: unknown) => reason)
    if (!(error instanceof ReadManyError)) throw error
    expect(error.message).to.equal('2 ids of region r could not be read, such as "a": no a')
    expect([...error.values]).to.deep.equal([['b', 'value']])
    expect([...error.failures.keys()]).to.deep.equal(['a', 'c'])
    expect(error.errors.map(String)).to.deep.equal(['Error: no a', 'Error: no c'])
  })

  it('peeks without waiting and without loading', async () => {
    const { region, loaded } = setUp({ a: 'value' })
    expect(region.peek('a')).to.equal(undefined)
    expect(loaded).to.deep.equal([])
    await region.get('a')
    expect(region.peek('a')).to.equal('value')
  })

  it('refuses bad ids and tags by rejecting, never by throwing', async () => {
    const { cache, region } = setUp({})
    const bad = [
      [region.get(1 as unknown as string), 'id must be a string; received the number 1'],
      [region.get('x'.repeat(1025)), 'id must be at most 1024 bytes'],
      [region.get('\ud800'), 'id must be a well-formed string'],
      [region.getMany('abc' as unknown as string[]), 'ids must be an array of strings; received the string "abc"'],
      [region.invalidate([]), 'an array of 1 to 10000 strings'],
      [region.invalidate(7 as unknown as string), 'an array of 1 to 10000 strings'],
      [cache.invalidateTags('tag' as unknown as string[]), 'tags must be an array of 1 to 10000 strings'],
    ] as const
    for (const [call, message] of bad) {
      const error = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error, message).to.be.instanceOf(InvalidArgumentError)
      expect(error).to.have.property('message').that.includes(message)
    }
  })

  it('rejects the read, and caches nothing, when tags returns what are no tags', async () => {
    for (const tags of ['tag', [1], Array.from({ length: 129 }, String), Promise.resolve([])]) {
      const { cache, region } = setUp({ a: 'value' }, { tags: () => tags as string[] })
      expect(await region.get('a').catch((error: unknown) => error)).to.be.instanceOf(InvalidArgumentError)
      expect(region.peek('a')).to.equal(undefined)
      expect(cache.stats().total.loadErrors).to.equal(1)
    }
  })
})
