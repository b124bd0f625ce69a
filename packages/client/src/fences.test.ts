import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { type Reading, readings } from './fixtures/readings.ts'
import { MemoryHub } from './index.ts'

describe('A load in flight', () => {
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

  /** Two processes' worth of caches on one hub: the reader, and another that invalidates. */
  async function setUp(reading?: Reading) {
    const hub = new MemoryHub()
    const loads = new HeldLoads<string>()
    const own = closing.add(createCache({ name: 'test', hub }))
    const foreign = closing.add(createCache({ name: 'test', hub }))
    const options = { load: loads.load, tags: () => ['tag', 'other tag'], ...reading?.options(loads) }
    const region = own.region('r', options)
    const foreignRegion = foreign.region('r', { load: async () => 'unused' })
    await Promise.all([own.start(), foreign.start()])
    const ways = {
      'its own process, by key': () => region.invalidate('a'),
      'its own process, by tag': () => own.invalidateTags(['tag']),
      'another process, by key': () => foreignRegion.invalidate(['b', 'a']),
      'another process, by tag': () => foreign.invalidateTags(['unrelated', 'tag']),
      'its own process, by region': () => region.clear(),
      'another process, by region': () => foreignRegion.clear(),
      'its own process, with everything': () => own.clear(),
      'another process, with everything': () => foreign.clear(),
    }
    const elapse = async () => {
      clock.tick(1)
    }
    const begin = (how: Reading) => how.begin(region, loads, 'a', elapse)
    return { hub, own, region, loads, ways, begin }
  }

  const ways = [
    'its own process, by key',
    'its own process, by tag',
    'another process, by key',
    'another process, by tag',
    'its own process, by region',
    'another process, by region',
    'its own process, with everything',
    'another process, with everything',
  ] as const

  for (const reading of readings) {
    const { by, served = 'old' } = reading
    for (const way of ways) {
      it(`by ${by} is for those who waited and cached nowhere, when ${way}, invalidates meanwhile`, async () => {
        const { own, region, loads, ways, begin } = await setUp(reading)
        const { value, load } = await begin(reading)
        await ways[way]()
        load.resolve('old')
        expect(await value).to.equal(served)
        await clock.tickAsync(0)
        expect(region.peek('a')).to.equal(undefined)
        expect(own.stats().total.doomed).to.equal(1)
        const next = loads.next()
        const again = region.get('a')
        ;(await next).resolve('new')
        expect(await again).to.equal('new')
        expect(region.peek('a')).to.equal('new')
      })

      it(`by ${by} that landed just before ${way}, invalidates is dropped again`, async () => {
        const { region, ways, begin } = await setUp(reading)
        const { value, load } = await begin(reading)
        load.resolve('old')
        await value
        await clock.tickAsync(0)
        expect(region.peek('a')).to.equal('old')
        await ways[way]()
        expect(region.peek('a')).to.equal(undefined)
      })

      it(`by ${by} is never given to a reader that comes after ${way}, has invalidated, whoever lands first`, async () => {
        for (const order of ['old first', 'new first']) {
          const { region, loads, ways, begin } = await setUp(reading)
          const { value, load: old } = await begin(reading)
          const calls = loads.calls.length
          await ways[way]()
          const next = loads.next()
          const after = region.get('a')
          if (order === 'old first' || way.endsWith('tag')) {
            // The tags of a flight are known when it lands: until then those who came after a message wait for it too.
            old.resolve('old')
            ;(await next).resolve('new')
          } else {
            ;(await next).resolve('new')
            expect(await after).to.equal('new')
            old.resolve('old')
          }
          expect(await value, order).to.equal(served)
          expect(await after, order).to.equal('new')
          await clock.tickAsync(0)
          expect(region.peek('a'), order).to.equal('new')
          expect(loads.calls.length, order).to.equal(calls + 1)
        }
      })

      it(`by ${by} is not shared with a reader that comes just when ${way}, has invalidated, in any turn`, async () => {
        for (let steps = 0; steps < 40; steps += 1) {
          const { hub, region, loads, ways, begin } = await setUp(reading)
          const heard: Promise<string>[] = []
          const { value, load } = await begin(reading)
          // Called right after the caches above have heard the message, which is before whoever sent it knows.
          const observer = closing.add(
            await hub.open({ onEntry: () => heard.push(region.get('a')), onClose: () => {} }),
          )
          const next = loads.next()
          load.resolve('old')
          for (let step = 0; step < steps; step += 1) {
            await undefined
          }
          await ways[way]()
          await observer.close()
          const after = region.get('a')
          ;(await next).resolve('new')
          expect(await value, `${steps} microtasks`).to.equal(served)
          expect(await Promise.all(heard), `${steps} microtasks`).to.deep.equal(['new'])
          expect(await after, `${steps} microtasks`).to.equal('new')
          expect(region.peek('a'), `${steps} microtasks`).to.equal('new')
        }
      })
    }
  }

  it('is cached when what was invalidated meanwhile does not concern it', async () => {
    const { own, region, loads } = await setUp()
    const read = region.get('a')
    const load = await loads.call(0)
    await region.invalidate(['b', 'A'])
    await own.invalidateTags(['unrelated'])
    load.resolve('value')
    await read
    expect(region.peek('a')).to.equal('value')
  })

  it('is judged by the earliest tag message for each who joined: a second one does not make the first harmless', async () => {
    const { own, region, loads } = await setUp()
    const before = region.get('a')
    const old = await loads.call(0)
    await own.invalidateTags(['tag'])
    const between = region.get('a')
    await own.invalidateTags(['other tag'])
    old.resolve('old')
    ;(await loads.call(1)).resolve('new')
    expect(await before).to.equal('old')
    expect(await between).to.equal('new')
  })

  it('makes a reader that came too late load once more, however many tag messages follow', async () => {
    const { own, region, loads } = await setUp()
    const before = region.get('a')
    const first = await loads.call(0)
    await own.invalidateTags(['tag'])
    const late = region.get('a')
    await own.invalidateTags(['tag'])
    first.resolve('value 0')
    const second = await loads.call(1)
    await own.invalidateTags(['tag'])
    second.resolve('value 1')
    expect(await Promise.all([before, late])).to.deep.equal(['value 0', 'value 1'])
    expect(loads.calls.length).to.equal(2)
    expect(region.peek('a')).to.equal(undefined)
  })

  it('is begun by a reader for himself when two that he joined were too old for him', async () => {
    const { own, region, loads } = await setUp()
    const others: Promise<string>[] = []
    /** Somebody else's, before a tag message. */
    const tooOld = async () => {
      others.push(region.get('a', { fresh: true }))
      const load = await loads.call(others.length - 1)
      await own.invalidateTags(['tag'])
      return load
    }
    const first = await tooOld()
    const late = region.get('a')
    const second = await tooOld()
    first.resolve('too old')
    await others[0]
    await tooOld()
    second.resolve('too old')
    ;(await loads.call(3)).resolve('his own')
    expect(await late).to.equal('his own')
  })

  it('and every entry is dropped locally when an invalidation could not be published, by key and by tag', async () => {
    const { own, region, loads } = await setUp()
    const read = region.get('kept')
    ;(await loads.call(0)).resolve('old')
    await read
    const inFlight = region.get('a')
    const old = await loads.call(1)
    await own.close()
    expect(await own.invalidateTags(['tag']).catch((error: unknown) => error)).to.include({ code: 'RESCIND_CLOSED' })
    expect(region.peek('kept')).to.equal(undefined)
    old.resolve('old')
    await inFlight
    expect(region.peek('a')).to.equal(undefined)

    const again = region.get('a')
    const second = await loads.call(2)
    expect(await region.invalidate('a').catch((error: unknown) => error)).to.include({ code: 'RESCIND_CLOSED' })
    second.resolve('old')
    await again
    expect(region.peek('a')).to.equal(undefined)
  })
})
