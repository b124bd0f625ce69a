import { MemoryHub, type Receipt } from '@rescind/bus'
import { Closing, eventually, rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { SinonFakeTimers } from 'sinon'
import { type Cache, createCache } from './cache.ts'
import type { CacheEvent } from './cache-event.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { HeldSaves } from './fixtures/held-saves.ts'
import type { Region } from './region.ts'
import type { RegionOptions } from './region-options.ts'

describe('A write-through in a process', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers
  let source: Map<string, string>
  let events: CacheEvent[]

  beforeEach(() => {
    clock = fakeClock()
    source = new Map()
    events = []
  })
  afterEach(async () => {
    await closing.all()
    clock.restore()
  })

  /** Two processes' worth of caches on one hub. */
  async function setUp(options: Partial<RegionOptions<string | undefined>> = {}) {
    const hub = new MemoryHub()
    const saves = new HeldSaves<string | undefined>()
    const join = async (): Promise<[Cache, Region<string | undefined>]> => {
      const cache = closing.add(createCache({ name: 'test', hub, onEvent: (event) => void events.push(event) }))
      const region = cache.region<string | undefined>('r', {
        load: (id) => source.get(id),
        save: saves.save,
        tags: (value) => [`tag of ${value}`],
        ...options,
      })
      await cache.start()
      return [cache, region]
    }
    const [[own, region], [foreign, other]] = [await join(), await join()]
    /** Begins to set a value, and commits it. */
    const commit = async (value: string, where = region) => {
      const coming = saves.next()
      const written = where.set('a', value)
      const save = await coming
      source.set('a', value)
      return { written, save }
    }
    return { hub, own, region, foreign, other, saves, commit }
  }

  it('saves, drops what others have, and has the new value, as if it had been loaded', async () => {
    const { own, region, other, commit } = await setUp({ notFoundTtl: '1s', ttlJitter: 0 })
    source.set('a', 'old')
    expect([await region.get('a'), await other.get('a')]).to.deep.equal(['old', 'old'])
    const { written, save } = await commit('new')
    expect([save.id, save.value, save.signal.aborted]).to.deep.equal(['a', 'new', false])
    expect([region.peek('a'), other.peek('a')]).to.deep.equal(['old', 'old'])
    save.resolve()
    const { token } = await written
    expect([region.peek('a'), other.peek('a')]).to.deep.equal(['new', undefined])
    expect(await other.get('a', { after: token })).to.equal('new')
    expect(own.stats().total).to.include({ saves: 1, saveErrors: 0, savesUncached: 0, loads: 1 })
    await own.invalidateTags(['tag of new'])
    expect(region.peek('a')).to.equal(undefined)
  })

  it('has what save returns, for as long as that says, or not at all if it says so', async () => {
    const { own, region, commit } = await setUp({ ttlJitter: 0 })
    const first = await commit('draft')
    first.save.setTtl(1_000)
    first.save.resolve('completed')
    await first.written
    expect(region.peek('a')).to.equal('completed')
    clock.tick(1_000)
    expect(region.peek('a')).to.equal(undefined)
    const second = await commit('secret')
    second.save.skip()
    second.save.resolve()
    await second.written
    expect(region.peek('a')).to.equal(undefined)
    expect(own.stats().total).to.include({ saves: 2, savesUncached: 0 })
  })

  it('keeps apart what the caller goes on to change, where the region says so', async () => {
    const cache = closing.add(createCache({ name: 'test' }))
    const region = cache.region('r', {
      load: () => ({ price: 1 }),
      save: () => undefined,
      isolate: 'clone',
    })
    const value = { price: 2 }
    await region.set('a', value)
    value.price = 3
    expect(await region.get('a')).to.deep.equal({ price: 2 })
  })

  for (const [how, fail] of Object.entries({
    'at once': (error: Error) => {
      throw error
    },
    later: (error: Error) => Promise.reject(error),
  })) {
    it(`changes nothing and rejects with what save throws ${how}`, async () => {
      const error = new Error('unique constraint')
      const { own, region, other } = await setUp({ save: () => fail(error) })
      source.set('a', 'old')
      await Promise.all([region.get('a'), other.get('a')])
      expect(await rejection(region.set('a', 'new'))).to.equal(error)
      expect([region.peek('a'), other.peek('a')]).to.deep.equal(['old', 'old'])
      expect(own.stats()).to.deep.include({ invalidationsApplied: 0 })
      expect(own.stats().total).to.include({ saves: 0, saveErrors: 1 })
      expect(events.filter(({ type }) => type === 'error')).to.deep.equal([])
    })
  }

  it('that takes too long is aborted, not known to be done, and invalidates at once and when it settles', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const { own, region, other, saves } = await setUp({ saveTimeout: 100 })
      source.set('a', 'old')
      await Promise.all([region.get('a'), other.get('a')])
      const coming = saves.next()
      const written = rejection(region.set('a', 'new'))
      const save = await coming
      clock.tick(100)
      const error = await written
      expect(error).to.include({ name: 'SaveTimeoutError', code: 'RESCIND_SAVE_TIMEOUT', region: 'r', id: 'a' })
      expect(String(error)).to.match(/saveTimeout \(100 ms\): it may have been done, or be done yet/)
      expect(save.signal.reason).to.equal(error)
      await clock.tickAsync(0)
      expect([region.peek('a'), other.peek('a')]).to.deep.equal([undefined, undefined])
      expect([await region.get('a'), await other.get('a')]).to.deep.equal(['old', 'old'])
      source.set('a', 'new')
      if (end === 'resolve') save.resolve()
      else save.reject(new Error('lost'))
      await clock.tickAsync(0)
      expect([region.peek('a'), other.peek('a')]).to.deep.equal([undefined, undefined])
      expect([await region.get('a'), await other.get('a')]).to.deep.equal(['new', 'new'])
      expect(own.stats().total).to.include({ saves: 0, saveErrors: 1 })
      expect(events.filter(({ type }) => type === 'error')).to.deep.equal([])
    }
  })

  const meanwhile: Record<string, (all: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>> = {
    'another process invalidates the key': ({ other }) => other.invalidate(['b', 'a']),
    'its own process invalidates the key': ({ region }) => region.invalidate('a'),
    'another process invalidates a tag of the value': ({ foreign }) => foreign.invalidateTags(['tag of new']),
    'its own process invalidates a tag of the value': ({ own }) => own.invalidateTags(['tag of new']),
    'another process clears the region': ({ other }) => other.clear(),
    'its own process clears the region': ({ region }) => region.clear(),
    'another process clears everything': ({ foreign }) => foreign.clear(),
    'its own process clears everything': ({ own }) => own.clear(),
  }
  for (const [what, happen] of Object.entries(meanwhile)) {
    for (const [when, ordered] of [
      ['while it saves', true],
      ['in the turn in which it is announced', false],
    ] as const) {
      it(`caches nothing when ${what} ${when}`, async () => {
        const all = await setUp()
        const { own, region, commit } = all
        const { written, save } = await commit('new')
        // Somebody commits later, and is announced before or with it.
        source.set('a', 'newest')
        if (ordered) {
          await happen(all)
          save.resolve()
          await written
        } else {
          save.resolve()
          await Promise.all([happen(all), written])
        }
        expect(region.peek('a')).to.equal(undefined)
        expect(await region.get('a')).to.equal('newest')
        expect(own.stats().total.saves).to.equal(1)
      })
    }
  }

  it('caches its value though others are invalidated meanwhile, and other tags', async () => {
    const { own, region, foreign, other, commit } = await setUp()
    const { written, save } = await commit('new')
    await other.invalidate('b')
    await foreign.invalidateTags(['tag of old'])
    save.resolve()
    await written
    expect(region.peek('a')).to.equal('new')
    expect(own.stats().total.savesUncached).to.equal(0)
  })

  it('and another one of the same key at the same time leave the older value in neither process', async () => {
    for (const where of ['one process', 'two processes']) {
      for (const settle of ['first first', 'last first', 'together']) {
        const { region, other, commit } = await setUp()
        const first = await commit('older')
        const second = await commit('newer', where === 'one process' ? region : other)
        const [a, b] = settle === 'last first' ? [second, first] : [first, second]
        a.save.resolve()
        if (settle !== 'together') await a.written
        b.save.resolve()
        await Promise.all([a.written, b.written])
        const held = [region.peek('a'), other.peek('a')]
        expect(held, `${where}, ${settle}`).not.to.include('older')
        expect(await region.get('a'), `${where}, ${settle}`).to.equal('newer')
        expect(await other.get('a'), `${where}, ${settle}`).to.equal('newer')
      }
    }
  })

  it('is saved, announced and not cached when its tags cannot be had', async () => {
    const error = new Error('no tags')
    const { region, other, commit } = await setUp({
      tags: (value) => {
        if (value === 'new') throw error
        return []
      },
    })
    source.set('a', 'old')
    await other.get('a')
    const { written, save } = await commit('new')
    save.resolve()
    expect((await written).token).to.be.a('string')
    expect([region.peek('a'), other.peek('a')]).to.deep.equal([undefined, undefined])
    await clock.tickAsync(0)
    expect(events.filter(({ type }) => type === 'error')).to.deep.equal([{ type: 'error', error }])
  })

  it('is waited for by close, and refused after it', async () => {
    const { own, region, other, commit } = await setUp()
    source.set('a', 'old')
    await other.get('a')
    const { written, save } = await commit('new')
    const closed = own.close()
    save.resolve()
    await Promise.all([closed, written])
    expect(other.peek('a')).to.equal(undefined)
    expect(await rejection(region.set('a', 'newer'))).to.include({ name: 'ClosedError' })
    expect(source.get('a')).to.equal('new')
  })

  it('that outlasts close says that it was saved and nobody was told', async () => {
    const { own, region, commit } = await setUp()
    const { written, save } = await commit('new')
    const rejected = rejection(written)
    const closed = own.close()
    await clock.tickAsync(1_000)
    await closed
    save.resolve()
    const error = await rejected
    expect(error).to.include({ name: 'PublishFailedError' })
    expect(String(error)).to.match(/The value was saved, and the cache closed meanwhile: nobody was told/)
    expect(region.peek('a')).to.equal(undefined)
  })

  it('is refused before anything is saved where it has no save, or is called with what is none', async () => {
    const { own, region, saves } = await setUp()
    const reading = own.region('reading', { load: async () => 'value' })
    const refused: [() => Promise<Receipt>, RegExp][] = [
      [() => reading.set('a', 'new'), /^save must be given as an option of a region that is written to/],
      [() => region.set('\ud800', 'new'), /^id must be/],
      [() => region.set('a', 'new', { confirm: true }), /^confirm must be left out, unless every process/],
      // @ts-expect-error not an option
      [() => region.set('a', 'new', { ttl: 1 }), /ttl/],
      // @ts-expect-error not a way
      [() => region.set('a', 'new', { broadcast: 'all' }), /^broadcast must be 'invalidate' or 'update'/],
    ]
    for (const [call, message] of refused) {
      const error = await rejection(call())
      expect(error).to.include({ name: 'InvalidArgumentError' })
      expect((error as Error).message).to.match(message)
    }
    expect(saves.calls).to.deep.equal([])
    expect(() => own.region('wrong', { load: () => 1, save: 1 as never })).to.throw(/^save must be a function/)
    expect(() => own.region('wrong', { load: () => 1, saveTimeout: 0 })).to.throw(/^saveTimeout must be/)
    // @ts-expect-error what a function returns is not written
    expect(() => own.wrap('wrong', () => 1, { save: () => 1 })).to.throw(/save/)
    await eventually(() => expect(own.stats().queued).to.equal(0))
  })
})
